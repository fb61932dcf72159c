# Completions of adamant for bash, printed by `adamant completion bash`.
_adamant() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words= 
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W '--help --version info summary graph compile emit eval completion' -- "$word"))
    return
  fi
  case $before in
    --format) COMPREPLY=($(compgen -W 'dot svg html json' -- "$word")); return ;;
    --depth) return ;;
    --title) return ;;
    --shapes) return ;;
    --values) return ;;
    --dtype) COMPREPLY=($(compgen -W 'float16 bfloat16 float32 float64' -- "$word")); return ;;
    --discard) return ;;
    --target) COMPREPLY=($(compgen -W 'c numpy' -- "$word")); return ;;
    --name) return ;;
    --seed) return ;;
  esac
  case ${COMP_WORDS[1]} in
    info) words='--help --json --quiet --verbose ' ;;
    summary) words='--help --json --quiet --verbose --output --depth --types --no-shapes --shapes ' ;;
    graph) words='--help --json --quiet --verbose --output --format --depth --title ' ;;
    compile) words='--help --json --quiet --verbose --output --shapes --values --dtype --inference --discard ' ;;
    emit) words='--help --json --quiet --verbose --output --shapes --values --dtype --discard --target --gradients --name --example ' ;;
    eval) words='--help --json --quiet --verbose --output --shapes --values --dtype --discard --params --seed --data ' ;;
    completion) words='--help --quiet --verbose bash zsh fish' ;;
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word") $([ "${COMP_WORDS[1]}" = completion ] && compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o filenames -F _adamant adamant
