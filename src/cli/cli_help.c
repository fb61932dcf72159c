/* cli_help.c: help and completions, printed from the tables. */
#include <string.h>
#include "cli.h"

static bool has(const cli_command *c, int option) { return c->options >> option & 1; }

void cli_print_commands(FILE *out) {
  fputs("usage: adamant COMMAND [ARGUMENT...]\n"
        "       adamant --version | --help\n\ncommands:\n", out);
  for (int i = 0; i < cli_command_count; i++) fprintf(out, "  %-11s %s\n", cli_commands[i].name, cli_commands[i].summary);
}

void cli_print_help(const cli_command *c) {
  printf("usage: adamant %s [OPTION...]%s%s\n\n%s\n\n", c->name, c->file ? " " : "", c->file ? c->file : "", c->doc);
  for (int i = 0; i < OPT_COUNT; i++) {
    const cli_option *o = &cli_options[i];
    if (has(c, i)) printf("  %s%s%s%s%s\n        %s\n", o->letter, o->letter[0] ? ", " : "", o->name, o->value ? " " : "", o->value ? o->value : "", o->doc);
  }
}

/* ---- Completions ---- */

/* The choices of "a|b|c" with blanks between them; nothing for other values. */
static void put_choices(const char *value) {
  for (; *value; value++) putchar(*value == '|' ? ' ' : *value);
}
static bool is_choice(const char *value) { return value && strchr(value, '|'); }
static bool is_file(const char *value) { return value && strstr(value, "FILE"); }

/* Every option's choices are the same for all subcommands. */
static void complete_bash(void) {
  fputs("# Completions of adamant for bash, printed by `adamant completion bash`.\n_adamant() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words= \n  COMPREPLY=()\n"
        "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W '--help --version", stdout);
  for (int i = 0; i < cli_command_count; i++) printf(" %s", cli_commands[i].name);
  fputs("' -- \"$word\"))\n    return\n  fi\n  case $before in\n", stdout);
  for (int i = 0; i < OPT_COUNT; i++) {
    const cli_option *o = &cli_options[i];
    if (!o->value || is_file(o->value)) continue;
    printf("    %s%s%s) ", o->name, o->letter[0] ? "|" : "", o->letter);
    if (is_choice(o->value)) {
      fputs("COMPREPLY=($(compgen -W '", stdout);
      put_choices(o->value);
      fputs("' -- \"$word\")); ", stdout);
    }
    fputs("return ;;\n", stdout);
  }
  fputs("  esac\n  case ${COMP_WORDS[1]} in\n", stdout);
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *c = &cli_commands[i];
    printf("    %s) words='", c->name);
    for (int k = 0; k < OPT_COUNT; k++)
      if (has(c, k)) printf("%s ", cli_options[k].name);
    if (is_choice(c->file)) put_choices(c->file);
    fputs("' ;;\n", stdout);
  }
  fputs("  esac\n  case $word in\n    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
        "    *) COMPREPLY=($(compgen -f -- \"$word\") $([ \"${COMP_WORDS[1]}\" = completion ] && compgen -W \"$words\" -- \"$word\")) ;;\n"
        "  esac\n}\ncomplete -o filenames -F _adamant adamant\n", stdout);
}

/* A text inside '...' and [...] of zsh, or '...' of fish. */
static void put_quoted(const char *text) {
  for (; *text; text++) {
    if (*text == '\'') fputs("'\\''", stdout);
    else {
      if (strchr("[]:\\", *text)) putchar('\\');
      putchar(*text);
    }
  }
}

static void complete_zsh(void) {
  fputs("#compdef adamant\n# Completions of adamant for zsh, printed by `adamant completion zsh`.\n"
        "if (( CURRENT == 2 )); then\n  local -a commands=(\n", stdout);
  for (int i = 0; i < cli_command_count; i++) {
    printf("    '%s:", cli_commands[i].name);
    put_quoted(cli_commands[i].summary);
    fputs("'\n", stdout);
  }
  fputs("  )\n  _describe command commands\n  return\nfi\nlocal command=$words[2]\nshift words\n(( CURRENT-- ))\ncase $command in\n", stdout);
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *c = &cli_commands[i];
    printf("  %s) _arguments", c->name);
    for (int k = 0; k < OPT_COUNT; k++) {
      const cli_option *o = &cli_options[k];
      if (!has(c, k)) continue;
      printf(" \\\n    '%s%s[", k == OPT_DATA ? "*" : "", o->name);
      put_quoted(o->doc);
      fputs("]", stdout);
      if (o->value) fputs(":value:", stdout);
      if (is_choice(o->value)) putchar('('), put_choices(o->value), putchar(')');
      else if (is_file(o->value)) fputs("_files", stdout);
      putchar('\'');
    }
    if (is_choice(c->file)) fputs(" \\\n    ':shell:(", stdout), put_choices(c->file), fputs(")'", stdout);
    else if (c->file) fputs(" \\\n    ':file:_files'", stdout);
    fputs(" ;;\n", stdout);
  }
  fputs("esac\n", stdout);
}

/* A text inside '...' of fish. */
static void put_fish(const char *text) {
  for (; *text; text++) {
    if (*text == '\'' || *text == '\\') putchar('\\');
    putchar(*text);
  }
}

static void complete_fish(void) {
  fputs("# Completions of adamant for fish, printed by `adamant completion fish`.\n", stdout);
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *c = &cli_commands[i];
    printf("complete -c adamant -f -n __fish_use_subcommand -a %s -d '", c->name);
    put_fish(c->summary);
    fputs("'\n", stdout);
    if (c->file) {
      printf("complete -c adamant %s -n '__fish_seen_subcommand_from %s'", is_choice(c->file) ? "-f" : "-F", c->name);
      if (is_choice(c->file)) fputs(" -a '", stdout), put_choices(c->file), putchar('\'');
      putchar('\n');
    }
    for (int k = 0; k < OPT_COUNT; k++) {
      const cli_option *o = &cli_options[k];
      if (!has(c, k)) continue;
      printf("complete -c adamant -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name + 2);
      if (o->letter[0]) printf(" -s %s", o->letter + 1);
      if (o->value) fputs(is_file(o->value) ? " -r -F" : " -x", stdout);
      if (is_choice(o->value)) fputs(" -a '", stdout), put_choices(o->value), putchar('\'');
      fputs(" -d '", stdout);
      put_fish(o->doc);
      fputs("'\n", stdout);
    }
  }
}

int cli_completion(cli_request *r) {
  if (strcmp(r->file, "bash") == 0) complete_bash();
  else if (strcmp(r->file, "zsh") == 0) complete_zsh();
  else if (strcmp(r->file, "fish") == 0) complete_fish();
  else return cli_wrong(r, r->file, "bash, zsh or fish is right");
  return CLI_DONE;
}
