#include <stdio.h>

int main(void)
{
	puts("Hello, world");
	fputs("a complaint\n", stderr);
	return 0;
}
