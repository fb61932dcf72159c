"""Writes the whole library as one adamant.h and one adamant.c that compile alone: amalgam.py OUTPUT-DIRECTORY

Headers with a guard are inlined where they are first included outside any other #if; tables (.def, .inc, headers without a
guard) wherever they are included.  The .c files follow in the order of tools/folders.txt.  What one file may call what another
calls something else meets in one translation unit, so for each .c file
  - macros that it, or a header without a guard that it includes, defines are undefined after it,
  - file-scope names that another .c file also has (statics, typedefs, tags, enum constants) get the file's name appended.
Tokens inside strings and comments, member names after . or -> and members being declared are left alone.  Nothing here
understands C beyond its tokens; a header first included inside a region of another instruction set is refused, since everybody
would get that region's code; tools/check-amalgam.sh compiles and runs the result, and a clash this misses fails there.
"""
import os
import re
import sys

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|\.?\d[\w.]*|->|\s+|.', re.S)
INCLUDE = re.compile(r'\s*#\s*include\s*(?:["<]([^">]+)[">]|(\w+))')
PATH_MACRO = re.compile(r'\s*#\s*define\s+(\w+)\s+"([^"]+)"\s*$')
REGION = re.compile(r'\s*#\s*pragma\s+(?:GCC|clang)\s+(?:attribute\s+)?(push|pop)')
DEFINE = re.compile(r'^\s*#\s*define\s+(\w+)', re.M)
FEATURE = re.compile(r'^\s*#\s*define\s+(_GNU_SOURCE|_POSIX_C_SOURCE|_DEFAULT_SOURCE|_XOPEN_SOURCE)\b.*\n', re.M)


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def is_name(token):
    return bool(re.match(r'[A-Za-z_]', token))


def is_guarded(text):
    bare = re.sub(r'/\*.*?\*/|//[^\n]*', '', text, flags=re.S)
    first = re.match(r'\s*#\s*ifndef\s+(\w+)\s*\n\s*#\s*define\s+(\w+)[ \t]*\n', bare)  # with a value it is a default, no guard
    return bool(first) and first.group(1) == first.group(2)


def bare_tokens(text):
    """Tokens of the code alone: no comments, no blanks, no preprocessor lines."""
    # Tokens first: what looks like a comment inside a string is none.
    text = ''.join(' ' if t.startswith(('/*', '//')) else t for t in TOKEN.findall(text))
    text = re.sub(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*', '', text, flags=re.M)
    return [t for t in TOKEN.findall(text) if not t.isspace()]


def declarations(tokens):
    """Splits at file scope: after a ';', and after the '}' of a function's body."""
    out, depth, one = [], 0, []
    for i, t in enumerate(tokens):
        one.append(t)
        if t in '([{':
            depth += 1
        elif t in ')]}':
            depth -= 1
        is_body = t == '}' and depth == 0 and ')' in outer(one) and '=' not in outer(one)
        if depth == 0 and (t == ';' or is_body):
            out.append(one)
            one = []
    return out


def outer(tokens):
    """What stands outside all brackets; the brackets themselves stay."""
    out, depth = [], 0
    for t in tokens:
        if t in ')]}':
            depth -= 1
        if depth == 0:
            out.append(t)
        if t in '([{':
            depth += 1
    return out


def enum_constants(tokens):
    for i, t in enumerate(tokens):
        if t != 'enum':
            continue
        start = next((k for k in range(i + 1, min(i + 3, len(tokens))) if tokens[k] == '{'), None)
        if start is None:
            continue
        depth, fresh = 0, False
        for t in tokens[start:]:
            if t in '([{':
                depth += 1
            elif t in ')]}':
                depth -= 1
                if depth == 0:
                    break
            if depth == 1 and fresh and is_name(t):
                yield t
            fresh = t == ',' and depth == 1 or t == '{' and depth == 1


def file_scope_names(text):
    names = set()
    for one in declarations(bare_tokens(text)):
        flat = outer(one)
        for i, t in enumerate(one[:-2]):
            if t in ('struct', 'union', 'enum') and is_name(one[i + 1]) and one[i + 2] == '{':
                names.add(one[i + 1])
        names.update(enum_constants(one))
        if flat[0] == 'typedef':
            pointer = [one[i + 2] for i in range(len(one) - 3) if one[i] == '(' and one[i + 1] == '*']
            names.add(pointer[0] if pointer else [t for t in flat if is_name(t)][-1])
        elif 'static' in flat:
            # Macros that stand alone, without a semicolon, may come before it.
            for i, t in list(enumerate(flat[:-1]))[flat.index('static'):]:
                if is_name(t) and flat[i + 1] in '(=[;' and t != '__attribute__':
                    names.add(t)
                    break
    return names


def rename(text, names, suffix):
    """Appends suffix to every token in `names` that is neither a member nor text."""
    tokens = TOKEN.findall(text)
    solid = [i for i, t in enumerate(tokens) if not t.isspace() and not t.startswith(('/*', '//'))]
    position = {index: k for k, index in enumerate(solid)}
    braces, members = [], set()
    for k, index in enumerate(solid):
        t = tokens[index]
        if t == '{':
            before = [tokens[solid[j]] for j in range(max(0, k - 2), k)]
            braces.append('struct' in before or 'union' in before)
        elif t == '}' and braces:
            braces.pop()
        elif braces and braces[-1] and is_name(t) and k + 1 < len(solid):
            after, ahead = tokens[solid[k + 1]], tokens[solid[k - 1]]
            if after in ';,[:' or (after == ')' and ahead == '*'):  # a member, or a pointer to a function
                members.add(index)
    for index in solid:
        before = tokens[solid[position[index] - 1]] if position[index] else ''
        if tokens[index] in names and before not in ('.', '->') and index not in members:
            tokens[index] += suffix
    return ''.join(tokens)


class Inliner:
    """Expands our own #include lines, spelled out or named by a macro.  `done` holds the guarded headers that are in for good,
    `loose` the macros defined by those without a guard, `paths` the macros that name a file."""

    def __init__(self, roots, done=()):
        self.roots, self.done, self.loose, self.paths, self.region = roots, set(done), set(), {}, False
        self.open = []                     # files that are being expanded, to see a circle

    def find(self, name, beside):
        for root in [os.path.dirname(beside)] + self.roots:
            path = os.path.normpath(os.path.join(root, name))
            if os.path.exists(path):
                return path
        return None

    def note(self, line):
        """Remembers what a line changes for the lines after it."""
        path = PATH_MACRO.match(line)
        if path:
            self.paths[path.group(1)] = path.group(2)
        region = REGION.match(line)
        if region:
            self.region = region.group(1) == 'push'

    def expand(self, path, text, nested=0):
        out, depth = [], nested - (1 if is_guarded(text) else 0)
        for line in text.split('\n'):
            self.note(line)
            found = INCLUDE.match(line)
            name = found and (found.group(1) or self.paths.get(found.group(2)))
            target = self.find(name, path) if name else None
            if re.match(r'\s*#\s*if', line):
                depth += 1
            elif re.match(r'\s*#\s*endif', line):
                depth -= 1
            if target is None:
                out.append(line)
                continue
            if target in self.done:
                continue
            inner = read(target)
            if target in self.open:
                if is_guarded(inner):
                    continue
                sys.exit(f'{path}: includes {target}, which has no guard, in a circle: {" ".join(self.open)}')
            if not is_guarded(inner):
                self.loose.update(DEFINE.findall(inner))
            elif self.region:
                sys.exit(f'{path}: includes {target} inside a region of another instruction set; include it before the region')
            elif depth <= 0:
                self.done.add(target)
            out.append(f'/* ---- {target} */')
            self.open.append(target)
            out.append(self.expand(target, inner, max(depth, 0)).rstrip('\n'))
            self.open.pop()
        return '\n'.join(out)


def main(out_dir):
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    os.makedirs(out_dir, exist_ok=True)
    build = os.environ.get('B', 'build')

    public = Inliner(['include'])
    head = 'include/adamant/adamant.h'
    names = [head] if os.path.exists(head) else sorted(
        os.path.join('include/adamant', n) for n in os.listdir('include/adamant') if n.endswith('.h'))
    text = ''.join(f'#include <{n[len("include/"):]}>\n' for n in names)
    with open(os.path.join(out_dir, 'adamant.h'), 'w', encoding='utf-8') as f:
        f.write('/* adamant.h: all public headers in one; written by make amalgam. */\n' + public.expand('', text))

    sources = []
    for line in read('tools/folders.txt').split('\n'):
        words = line.split('#')[0].split()
        for folder, _, files in sorted(os.walk(os.path.join('src', words[0]))) if words else []:
            sources += [os.path.join(folder, n) for n in sorted(files) if n.endswith('.c')]
    scope = {s: file_scope_names(read(s)) for s in sources}
    times = {}
    for names in scope.values():
        for name in names:
            times[name] = times.get(name, 0) + 1

    inner = Inliner(['src', 'include', os.path.join(build, 'gen')], public.done)
    parts = ['/* adamant.c: the whole library in one file; written by make amalgam. */\n#define _GNU_SOURCE\n',
             f'#define AD_BUILD_VERSION "{read("VERSION").strip()}"\n#define AD_BUILD_VARIANT "amalgam"\n#include "adamant.h"\n']
    for source in sources:
        text = FEATURE.sub('\n', read(source))
        clashing = {n for n in scope[source] if times[n] > 1}
        # Renamed before its headers come in: those have one meaning for all files.
        body = rename(text, clashing, '_in_' + os.path.basename(source)[:-2]) if clashing else text
        inner.loose = set(DEFINE.findall(body))
        parts.append(f'\n/* ==== {source} */\n' + inner.expand(source, body))
        parts.append(''.join(f'#undef {m}\n' for m in sorted(inner.loose)))
    with open(os.path.join(out_dir, 'adamant.c'), 'w', encoding='utf-8') as f:
        f.write('\n'.join(parts))


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: amalgam.py OUTPUT-DIRECTORY')
    main(sys.argv[1])
