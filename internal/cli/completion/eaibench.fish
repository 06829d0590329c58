# Completion of eaibench in fish. Made by `eaibench completion fish`; for this shell alone:
#   eaibench completion fish | source

function __eaibench_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command $words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files *'
                set -l suffix (string replace ':files ' '' -- $line)
                __fish_complete_path "$current" | string match --regex ".*(?:/|\\.$suffix)(?:\\t.*)?\$"
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end

complete -c eaibench -f -a '(__eaibench_complete)'
