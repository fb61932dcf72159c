#!/bin/sh
# The subcommands that read a model: what they print, write, and refuse.
set -eu
adamant=${B:-build}/adamant
dir=$AD_TEST_OUT/cli_models # alone in it: what is left behind is looked for
mkdir -p "$dir"
model=$dir/cli_model.json
bad=0
cat > "$model" <<'END'
{
 "adamant_model": 1,
 "name": "net",
 "model": {
  "blocks": [
   {
    "block": "Linear",
    "params": "dimension=2",
    "wires": {
     "input": "x",
     "weight": "$1",
     "bias": "$2",
     "output": "$3"
    }
   },
   {
    "block": "Relu",
    "wires": {
     "input": "$3",
     "output": "y"
    }
   }
  ],
  "shapes": {
   "x": "N, 3",
   "$1": "2, 3",
   "$2": "2",
   "y": "N, 2"
  },
  "standard_inputs": [
   "x"
  ],
  "standard_outputs": [
   "y"
  ]
 }
}
END
say() { if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1"; cat "$dir/out" "$dir/err"; bad=1; fi; }

# expect NAME STATUS OUT-PATTERN ERR-PATTERN ARGUMENTS...: '' as a pattern means nothing is written there.
expect() {
  name=$1 status=$2 on_out=$3 on_err=$4 got=0 ok=0
  shift 4
  "$adamant" "$@" > "$dir/out" 2> "$dir/err" || got=$?
  [ "$got" = "$status" ] || ok=1
  if [ -n "$on_out" ]; then grep -qE -- "$on_out" "$dir/out" || ok=1; else [ ! -s "$dir/out" ] || ok=1; fi
  if [ -n "$on_err" ]; then grep -qE -- "$on_err" "$dir/err" || ok=1; else [ ! -s "$dir/err" ] || ok=1; fi
  say "$name" $ok
}
expect summary 0 '^Linear +Linear +x \(N, 3\)' '' summary "$model"
expect summary_json 0 '"block": "Linear"' '' summary --json "$model"
expect summary_verbose 0 '^Linear ' '^adamant summary: reading the model' summary -v "$model"
expect graph_of_a_model 0 '^digraph' '' graph "$model"
expect compile 0 '^parameters \(2\)' '' compile --shapes 'x: 4, 3' "$model"
expect compile_json 0 '"parameters": \[\{"name"' '' compile --json --shapes='x: 4, 3' "$model"
expect compile_with_a_bad_shape 1 '' 'adamant compile: .*: ' compile --shapes 'x: 4, q q' "$model"
expect emit_c 0 'void|int .*\(' '' emit --shapes 'x: 4, 3' "$model"
expect emit_numpy 0 '^def f\(' '' emit --target numpy --name f --shapes 'x: 4, 3' "$model"
expect emit_gradients 0 '^def ' '' emit --target numpy --gradients --shapes 'x: 4, 3' "$model"
expect emit_of_an_open_shape 1 '' 'a key leaves a dim' emit "$model"
expect emit_to_nowhere 1 '' 'adamant emit: /nowhere/x.c: ' emit --shapes 'x: 4, 3' -o /nowhere/x.c "$model"
expect emit_option_twice 2 '' '--target: given twice' emit --target c --target numpy "$model"

# A .npy of float32 (2, 3): its header is 128 bytes.
{ printf '\223NUMPY\001\000\166\000'
  printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
  printf '\000\000\200\077%.0s' 1 2 3 4 5 6; } > "$dir/x.npy"
expect eval 0 '^y = ' '' eval --data "x=$dir/x.npy" "$model"
cp "$dir/out" "$dir/first"
expect eval_json 0 '"y": \{"dtype": "float32", "shape": \[2, 2\]' '' eval --json --data "x=$dir/x.npy" "$model"
counted=$dir/counted.json
printf '%s' '{"adamant_model": 1, "model": {"blocks": [{"op": "multiply", "params": "a=4611686018427387904", "wires": {"b": "n", "output": "y"}}]}}' > "$counted"
{ printf '\223NUMPY\001\000\166\000'
  printf '%-117s\n' "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }"
  printf '\001\000\000\000\000\000\000\000'; } > "$dir/n.npy"
expect eval_json_of_large_integers 0 '"values": \[4611686018427387904\]' '' eval --json --data "n=$dir/n.npy" "$counted"
expect eval_into_a_file 0 '' '' eval --data "x=$dir/x.npy" -o "$dir/y.npz" "$model"
same=0
"$adamant" eval --seed 0 --data "x=$dir/x.npy" - < "$model" > "$dir/out" 2> "$dir/err" || same=1
cmp -s "$dir/out" "$dir/first" || same=1
say eval_again_from_standard_input $same
other=0
"$adamant" eval --seed 1 --data "x=$dir/x.npy" "$model" > "$dir/out" 2> "$dir/err" || other=1
! cmp -s "$dir/out" "$dir/first" || other=1
say eval_with_another_seed $other
expect eval_without_data 1 '' 'adamant eval: ' eval "$model"
expect eval_with_a_bad_seed 2 '' 'one: a whole number' eval --seed one "$model"
expect eval_with_no_parameters 1 '' 'adamant eval: /nowhere.npz' eval --params /nowhere.npz --data "x=$dir/x.npy" "$model"
expect eval_with_a_bad_ending 2 '' 'ends in .npz or .safetensors' eval --data "x=$dir/x.npy" -o "$dir/y.txt" "$model"
expect no_model 1 '' 'adamant summary: ' summary "$dir/x.npy"

left=0
ls "$dir" | grep -qE '\.(c|npz)\.' && left=1
say nothing_is_left_behind $left
for shell in bash zsh fish; do
  same=0
  "$adamant" completion $shell > "$dir/out" 2> "$dir/err" || same=1
  cmp -s "$dir/out" "tools/completion/adamant.$shell" || same=1
  say "completion_for_$shell" $same
done
same=0
bash -c '. tools/completion/adamant.bash; COMP_WORDS=(adamant emit --tar) COMP_CWORD=2; _adamant; [ "${COMPREPLY[*]}" = --target ] &&
  COMP_WORDS=(adamant emit --target n) COMP_CWORD=3; _adamant; [ "${COMPREPLY[*]}" = numpy ]' > "$dir/out" 2> "$dir/err" || same=1
say bash_completes $same
exit $bad
