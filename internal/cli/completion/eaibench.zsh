#compdef eaibench
# Completion of eaibench in zsh. Made by `eaibench completion zsh`, as _eaibench in a folder of $fpath; for this shell alone:
#   source <(eaibench completion zsh)

_eaibench() {
	local line word
	local -a candidates files
	for line in "${(@f)$("${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
		case $line in
		':files '*) files=(-g "*.${line#:files }") ;;
		':files') files=(-g '*') ;;
		':folders') files=(-/) ;;
		?*)
			word=${line%%$'\t'*}
			candidates+=("${word//:/\\:}:${line#*$'\t'}")
			;;
		esac
	done
	(( $#candidates )) && _describe -t values eaibench candidates
	if (( $#files )); then
		compset -P '-*='
		_files "${(@)files}"
	fi
}

if [[ ${funcstack[1]} == _eaibench ]]; then
	_eaibench "$@"
else
	compdef _eaibench eaibench
fi
