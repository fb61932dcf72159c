#!/bin/sh
# The page in a browser, where there is one: blocks open and close, a box that is asked for is shown with its details, and the
# script complains of nothing.
set -eu
adamant=${B:-build}/adamant
out=$AD_TEST_OUT/picture_browser
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo 'SKIP: page_in_a_browser: there is no Chromium'
  exit 0
fi
rm -rf "$out"
mkdir -p "$out"
cat > "$out/mlp.txt" <<'GRAPH'
graph mlp(x: float32[N, 784], l1.w: float32[784, 128], l2.w: float32[128, 10]) -> float32[N, 10] {
  h = relu(matmul(x, l1.w))
  y = softmax(matmul(h, l2.w), axes=[1])
  return y
}
GRAPH
"$adamant" graph --title '</script> & "quotes"' -o "$out/mlp.html" "$out/mlp.txt"
root=
[ "$(id -u)" != 0 ] || root=--no-sandbox

# show NAME PLACE: the page at page.html#PLACE as the browser has it after the script ran, in $out/NAME.
show() {
  timeout -k 5 90 "$browser" --headless=new $root --disable-gpu --enable-logging=stderr --virtual-time-budget=3000 \
    --user-data-dir="$out/profile" --dump-dom "file://$(cd "$out" && pwd)/mlp.html#$2" > "$out/$1" 2> "$out/$1.log" || true
}
show closed depth=0
show opened depth=3
show chosen depth=0\&box=l2.softmax
for page in closed opened chosen; do
  if [ ! -s "$out/$page" ]; then
    echo "SKIP: page_in_a_browser: the browser gave nothing within its time"
    exit 0
  fi
done

bad=0
expect() {
  if "$@"; then echo "ok $name"; else echo "not ok $name"; bad=1; fi
}
has() { grep -qF -- "$2" "$out/$1"; }
lacks() { ! grep -qF -- "$2" "$out/$1"; }
name=title expect has closed '<h1>&lt;/script&gt; &amp; "quotes"</h1>'
name=closed_blocks expect has closed 'aria-expanded="false"'
name=closed_blocks_hide expect lacks closed '>matmul</text>'
name=open_blocks expect has opened 'aria-expanded="true"'
name=open_blocks_show expect has opened '>matmul</text>'
name=types_on_edges expect has opened '>float32[N, 128]</text>'
name=details expect has chosen '<h2>softmax</h2>'
name=what_is_chosen_is_opened expect has chosen '>softmax</text>'
cat "$out/closed.log" "$out/opened.log" "$out/chosen.log" > "$out/all.log"
name=nothing_said_on_the_console expect lacks all.log ':CONSOLE'
exit $bad
