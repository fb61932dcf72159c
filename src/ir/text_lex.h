/* Tokens of the text form, and types made of them.
 *
 * The lexer hands out one token at a time and never fails by itself: what starts no token is LEX_WRONG, and the reader
 * says what it expected instead. Text may be anyone's: sizes are checked, nesting is limited, nothing recurses without end.
 * Comments run from # to the end of the line. */
#ifndef AD_IR_TEXT_LEX_H
#define AD_IR_TEXT_LEX_H

#include "base/arena.h"
#include "ir/type.h"

typedef enum ad_token_kind {
  LEX_END,
  LEX_NAME,
  LEX_WHOLE,     /* 12 */
  LEX_NUMBER,    /* 1.5, 1e3 */
  LEX_IMAGINARY, /* 2j, 1.5j */
  LEX_STRING,
  LEX_ARROW,
  LEX_CHAR,      /* one of ( ) [ ] { } , = : + - */
  LEX_WRONG
} ad_token_kind;

typedef struct ad_token {
  ad_token_kind kind;
  const char *s; /* its text; a string's with quotes and escapes */
  size_t n;
} ad_token;

typedef struct ad_lexer {
  ad_ctx *c;
  const char *start, *at, *end; /* at: behind the current token */
  ad_token token;               /* the current one */
  ad_arena *scratch;            /* what tokens are turned into lives here */
  ad_err *err;                  /* the first failure */
} ad_lexer;

/* Text s[0..n), at its first token. */
void ad__lex_begin(ad_lexer *l, ad_ctx *c, const char *s, size_t n, ad_arena *scratch, ad_err *err);
void ad__lex_next(ad_lexer *l);
bool ad__lex_is(const ad_lexer *l, char c);
bool ad__lex_is_word(const ad_lexer *l, const char *word);
/* Goes past the character when it is the token. */
bool ad__lex_accept(ad_lexer *l, char c);
/* The same, or fails: "... is right". */
bool ad__lex_expect(ad_lexer *l, char c);
/* Fails at a place of the text: line, column, the message, the line and a caret. Returns false. */
bool ad__lex_fail(ad_lexer *l, const char *at, const char *fmt, ...) AD_FORMAT(3, 4);
bool ad__lex_fail_memory(ad_lexer *l);
/* The same for what was refused elsewhere: only lack of memory has no place in the text. */
bool ad__lex_fail_as(ad_lexer *l, const char *at, ad_status code, const char *text);
/* The string token's bytes, with a NUL; NULL when it fails. */
const char *ad__lex_string(ad_lexer *l);
/* A copy of the name token; NULL when it is none or there is no memory. */
const char *ad__lex_name(ad_lexer *l, const char *what);
/* Reads a type: float32[N, 2], (a, b), {x: a}, union u, fn f(a), token. NULL when it fails. */
const ad_type *ad__lex_type(ad_lexer *l);
/* Reads "union name { case: type, ... }" and defines it. */
bool ad__lex_union(ad_lexer *l);
/* Reads "[2, N, -1]" of dims; at most AD_MAX_RANK; `rest` allows -1. Returns how many, or -1. */
int ad__lex_dims(ad_lexer *l, bool rest, ad_dim *out);
/* The list of `count` pointers or numbers (8 bytes each), or a longer copy of it in scratch when it has no room for one
 * more; NULL without memory. */
void *ad__lex_room(ad_lexer *l, void *list, int count, int *capacity);

#endif
