#!/bin/sh
# Copies what was built, or removes it: install-files.sh install|uninstall BUILD-DIRECTORY
# Environment: PREFIX, LIBDIR (default PREFIX/lib), DESTDIR, ZLIB (not empty when the library was built with it).
# The list of what is installed is `items` below; uninstalling walks the same list and removes only folders left empty.
set -eu
cd "$(dirname "$0")/.."
action=$1 B=$2
PREFIX=${PREFIX:-/usr/local}
LIBDIR=${LIBDIR:-$PREFIX/lib}
DESTDIR=${DESTDIR-}
version=$(cat VERSION)
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# The way back from a library directory to the prefix: one .. for each part between them.
case $LIBDIR in
  "$PREFIX"/*) up=$(printf %s "${LIBDIR#"$PREFIX"/}" | sed 's|[^/][^/]*|..|g') ;;
  *) up=..; echo "install: LIBDIR=$LIBDIR is not below PREFIX=$PREFIX; CMake users have to set the include path" >&2 ;;
esac
fill() {
  sed -e "s|@PREFIX@|$PREFIX|" -e "s|@LIBDIR@|$LIBDIR|" -e "s|@VERSION@|$version|" -e "s|@VERSION_MINOR@|${version%.*}|" \
    -e "s|@ZLIB_LIBS@|${ZLIB:+-lz}|" -e "s|@CMAKE_LINKS@|${ZLIB:+z }m pthread dl|" -e "s|@LIB_TO_PREFIX@|$up|" "$1" > "$2"
}
fill tools/adamant.pc.in "$made/adamant.pc"
fill tools/adamantConfig.cmake.in "$made/adamantConfig.cmake"
fill tools/adamantConfigVersion.cmake.in "$made/adamantConfigVersion.cmake"

# Mode, source, destination; a tab between them.
items() {
  for header in include/adamant/*.h include/adamant/*.def; do
    printf '644\t%s\t%s\n' "$header" "$PREFIX/include/adamant/${header##*/}"
  done
  printf '%s\t%s\t%s\n' 644 "$B/libadamant.a" "$LIBDIR/libadamant.a" \
    755 "$B/libadamant.so.0" "$LIBDIR/libadamant.so.0" \
    755 "$B/adamant" "$PREFIX/bin/adamant" \
    644 "$made/adamant.pc" "$LIBDIR/pkgconfig/adamant.pc" \
    644 "$made/adamantConfig.cmake" "$LIBDIR/cmake/adamant/adamantConfig.cmake" \
    644 "$made/adamantConfigVersion.cmake" "$LIBDIR/cmake/adamant/adamantConfigVersion.cmake" \
    644 man/adamant.1 "$PREFIX/share/man/man1/adamant.1" \
    644 tools/completion/adamant.bash "$PREFIX/share/bash-completion/completions/adamant" \
    644 tools/completion/adamant.zsh "$PREFIX/share/zsh/site-functions/_adamant" \
    644 tools/completion/adamant.fish "$PREFIX/share/fish/vendor_completions.d/adamant.fish" \
    644 LICENSE "$PREFIX/share/doc/adamant/LICENSE"
}
tab=$(printf '\t')
case $action in
  install)
    items | while IFS=$tab read -r mode from to; do
      mkdir -p "$DESTDIR$(dirname "$to")"
      install -m "$mode" "$from" "$DESTDIR$to"
    done
    ln -sf libadamant.so.0 "$DESTDIR$LIBDIR/libadamant.so"
    echo "installed Adamant $version below $DESTDIR$PREFIX"
    ;;
  uninstall)
    rm -f "$DESTDIR$LIBDIR/libadamant.so"
    items | while IFS=$tab read -r mode from to; do
      rm -f "$DESTDIR$to"
    done
    for folder in "$PREFIX/include/adamant" "$LIBDIR/cmake/adamant" "$PREFIX/share/doc/adamant"; do
      rmdir "$DESTDIR$folder" 2> /dev/null || true
    done
    echo "removed Adamant from $DESTDIR$PREFIX"
    ;;
  *) echo "install-files.sh: $action: say install or uninstall" >&2; exit 2 ;;
esac
