# Completion of eaibench in bash. Made by `eaibench completion bash`; for this shell alone:
#   source <(eaibench completion bash)

_eaibench() {
	local current=${COMP_WORDS[COMP_CWORD]} line
	[[ $current == '=' ]] && current=
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		':files '*)
			compopt -o filenames 2>/dev/null
			while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
				compgen -f -X "!*.${line#:files }" -- "$current"
				compgen -d -- "$current"
			)
			;;
		':files')
			compopt -o filenames 2>/dev/null
			while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
			;;
		':folders')
			compopt -o filenames 2>/dev/null
			while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current")
			;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -F _eaibench eaibench
