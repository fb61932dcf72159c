#compdef adamant
# Completions of adamant for zsh, printed by `adamant completion zsh`.
if (( CURRENT == 2 )); then
  local -a commands=(
    'info:how this build was made and what it finds on this machine'
    'summary:a table of a model'\''s blocks'
    'graph:a model or a saved graph as a picture\: DOT, SVG or an HTML page'
    'compile:compiles a model and reports what became of it'
    'emit:a model as a program in C or NumPy'
    'eval:the outputs of a model for given data'
    'completion:completions for a shell'
  )
  _describe command commands
  return
fi
local command=$words[2]
shift words
(( CURRENT-- ))
case $command in
  info) _arguments \
    '--help[this text]' \
    '--json[one JSON document on standard output]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' ;;
  summary) _arguments \
    '--help[this text]' \
    '--json[one JSON document on standard output]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' \
    '--output[the file to write, whole or not at all; without it, or -\: standard output]:value:_files' \
    '--depth[how many levels of blocks inside blocks are shown]:value:' \
    '--types[types beside shapes]' \
    '--no-shapes[no shapes]' \
    '--shapes[of inputs\: "x\: 64, 784; y\: 64"]:value:' \
    ':file:_files' ;;
  graph) _arguments \
    '--help[this text]' \
    '--json[one JSON document on standard output]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' \
    '--output[the file to write, whole or not at all; without it, or -\: standard output]:value:_files' \
    '--format[of the picture; without it what the output ends in, or else dot]:value:(dot svg html json)' \
    '--depth[how many levels of blocks inside blocks are shown]:value:' \
    '--title[of the picture, instead of the name]:value:' \
    ':file:_files' ;;
  compile) _arguments \
    '--help[this text]' \
    '--json[one JSON document on standard output]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' \
    '--output[the file to write, whole or not at all; without it, or -\: standard output]:value:_files' \
    '--shapes[of inputs\: "x\: 64, 784; y\: 64"]:value:' \
    '--values[of inputs that are constants\: "axis\: 1; eps\: 1e-5"]:value:' \
    '--dtype[of parameters; without it float32]:value:(float16 bfloat16 float32 float64)' \
    '--inference[no gradients]' \
    '--discard[inputs and outputs to leave out\: "loss, target"]:value:' \
    ':file:_files' ;;
  emit) _arguments \
    '--help[this text]' \
    '--json[one JSON document on standard output]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' \
    '--output[the file to write, whole or not at all; without it, or -\: standard output]:value:_files' \
    '--shapes[of inputs\: "x\: 64, 784; y\: 64"]:value:' \
    '--values[of inputs that are constants\: "axis\: 1; eps\: 1e-5"]:value:' \
    '--dtype[of parameters; without it float32]:value:(float16 bfloat16 float32 float64)' \
    '--discard[inputs and outputs to leave out\: "loss, target"]:value:' \
    '--target[the language; without it c]:value:(c numpy)' \
    '--gradients[a function of outputs and gradients, instead of outputs alone]' \
    '--name[of the function]:value:' \
    '--example[a main that calls the function (C only)]' \
    ':file:_files' ;;
  eval) _arguments \
    '--help[this text]' \
    '--json[one JSON document on standard output]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' \
    '--output[the file to write, whole or not at all; without it, or -\: standard output]:value:_files' \
    '--shapes[of inputs\: "x\: 64, 784; y\: 64"]:value:' \
    '--values[of inputs that are constants\: "axis\: 1; eps\: 1e-5"]:value:' \
    '--dtype[of parameters; without it float32]:value:(float16 bfloat16 float32 float64)' \
    '--discard[inputs and outputs to leave out\: "loss, target"]:value:' \
    '--params[parameters\: .safetensors or .npz; without it they are random]:value:_files' \
    '--seed[of random parameters; without it 0]:value:' \
    '*--data[an input from a .npy, or all those in a .npz or .safetensors; as often as needed]:value:_files' \
    ':file:_files' ;;
  completion) _arguments \
    '--help[this text]' \
    '--quiet[nothing but errors on standard error]' \
    '--verbose[what is being done, on standard error]' \
    ':shell:(bash zsh fish)' ;;
esac
