/* cli_table.c: the options and the subcommands of the command line, from which everything else about them follows. */
#include "cli.h"

const cli_option cli_options[OPT_COUNT] = {
  [OPT_HELP] = {"--help", "-h", NULL, "this text"},
  [OPT_JSON] = {"--json", "", NULL, "one JSON document on standard output"},
  [OPT_QUIET] = {"--quiet", "-q", NULL, "nothing but errors on standard error"},
  [OPT_VERBOSE] = {"--verbose", "-v", NULL, "what is being done, on standard error"},
  [OPT_OUTPUT] = {"--output", "-o", "FILE", "the file to write, whole or not at all; without it, or -: standard output"},
  [OPT_FORMAT] = {"--format", "", "dot|svg|html|json", "of the picture; without it what the output ends in, or else dot"},
  [OPT_DEPTH] = {"--depth", "", "N", "how many levels of blocks inside blocks are shown"},
  [OPT_TITLE] = {"--title", "", "TEXT", "of the picture, instead of the name"},
  [OPT_TYPES] = {"--types", "", NULL, "types beside shapes"},
  [OPT_NO_SHAPES] = {"--no-shapes", "", NULL, "no shapes"},
  [OPT_SHAPES] = {"--shapes", "", "SHAPES", "of inputs: \"x: 64, 784; y: 64\""},
  [OPT_VALUES] = {"--values", "", "VALUES", "of inputs that are constants: \"axis: 1; eps: 1e-5\""},
  [OPT_DTYPE] = {"--dtype", "", "float16|bfloat16|float32|float64", "of parameters; without it float32"},
  [OPT_INFERENCE] = {"--inference", "", NULL, "no gradients"},
  [OPT_DISCARD] = {"--discard", "", "NAMES", "inputs and outputs to leave out: \"loss, target\""},
  [OPT_TARGET] = {"--target", "", "c|numpy", "the language; without it c"},
  [OPT_GRADIENTS] = {"--gradients", "", NULL, "a function of outputs and gradients, instead of outputs alone"},
  [OPT_NAME] = {"--name", "", "NAME", "of the function"},
  [OPT_EXAMPLE] = {"--example", "", NULL, "a main that calls the function (C only)"},
  [OPT_PARAMS] = {"--params", "", "FILE", "parameters: .safetensors or .npz; without it they are random"},
  [OPT_SEED] = {"--seed", "", "N", "of random parameters; without it 0"},
  [OPT_DATA] = {"--data", "", "[NAME=]FILE", "an input from a .npy, or all those in a .npz or .safetensors; as often as needed"},
};

enum { MODEL_BITS = 1ul << OPT_SHAPES | 1ul << OPT_VALUES | 1ul << OPT_DTYPE | 1ul << OPT_DISCARD };
enum { ALL_BITS = 1ul << OPT_HELP | 1ul << OPT_QUIET | 1ul << OPT_VERBOSE };
enum { JSON_BIT = 1ul << OPT_JSON, OUT_BIT = 1ul << OPT_OUTPUT };

const cli_command cli_commands[] = {
  {"info", "how this build was made and what it finds on this machine", NULL, "Prints facts about the build and the machine.",
   ALL_BITS | JSON_BIT, cli_info},
  {"summary", "a table of a model's blocks", "MODEL.json", "Prints what each block of a model reads and gives, and its parameters.",
   ALL_BITS | JSON_BIT | OUT_BIT | 1ul << OPT_DEPTH | 1ul << OPT_TYPES | 1ul << OPT_NO_SHAPES | 1ul << OPT_SHAPES, cli_summary},
  {"graph", "a model or a saved graph as a picture: DOT, SVG or an HTML page", "FILE",
   "Draws the model whose JSON form FILE is, or the graphs that it holds in their text form.",
   ALL_BITS | JSON_BIT | OUT_BIT | 1ul << OPT_FORMAT | 1ul << OPT_DEPTH | 1ul << OPT_TITLE, cli_graph},
  {"compile", "compiles a model and reports what became of it", "MODEL.json", "Compiles a model and prints keys, plans, memory and times.",
   ALL_BITS | JSON_BIT | OUT_BIT | MODEL_BITS | 1ul << OPT_INFERENCE, cli_compile},
  {"emit", "a model as a program in C or NumPy", "MODEL.json",
   "Prints the program of a compiled model. Every dim of its inputs must follow from the model and --shapes.",
   ALL_BITS | JSON_BIT | OUT_BIT | MODEL_BITS | 1ul << OPT_TARGET | 1ul << OPT_GRADIENTS | 1ul << OPT_NAME | 1ul << OPT_EXAMPLE, cli_emit},
  {"eval", "the outputs of a model for given data", "MODEL.json",
   "Evaluates a model and prints its outputs, or writes them to a .npz or .safetensors (- : a .npz on standard output).",
   ALL_BITS | JSON_BIT | OUT_BIT | MODEL_BITS | 1ul << OPT_PARAMS | 1ul << OPT_SEED | 1ul << OPT_DATA, cli_eval},
  {"completion", "completions for a shell", "bash|zsh|fish", "Prints the script that completes this command line in a shell.", ALL_BITS, cli_completion},
};
const int cli_command_count = sizeof cli_commands / sizeof cli_commands[0];
