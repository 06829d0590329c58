// Contrast of texts by WCAG 2.2: relative luminance, and (L1 + 0.05) / (L2 + 0.05). Colours are the computed ones; what is behind
// a text is the nearest background that is not transparent, colours that let through blended with what is behind them.
(() => {
  const parse = (text) => {
    const found = text.match(/rgba?\(([^)]+)\)/);
    if (!found) return null;
    const [r, g, b, a = 1] = found[1].split(/[ ,/]+/).map(Number);
    return { r, g, b, a };
  };
  const over = (front, back) => {
    const mix = (x, y) => x * front.a + y * (1 - front.a);
    return { r: mix(front.r, back.r), g: mix(front.g, back.g), b: mix(front.b, back.b), a: 1 };
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (node) => {
    const layers = [];
    for (let at = node; at instanceof Element; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour && colour.a > 0) layers.push(colour);
      if (colour && colour.a === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), { r: 255, g: 255, b: 255, a: 1 });
  };
  const faint = [];
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const node = walker.currentNode.parentElement;
    if (!text || node.closest("script, style, noscript")) continue;
    const style = getComputedStyle(node);
    if (style.display === "none") continue;
    looked++;
    const back = behind(node);
    const colour = parse(node instanceof SVGElement ? style.fill : style.color);
    const front = colour ? over(colour, back) : back;
    const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    if (ratio < least || Number(style.opacity) < 1) faint.push({ text: text.slice(0, 60), tag: node.tagName, ratio, least });
  }
  return JSON.stringify({ looked, faint });
})();
