// SPDX-License-Identifier: MIT
//
// The lexemes of code: names, keywords, operators, and the first characters of numbers and strings. Everything that
// needs state (indentation, brackets, string bodies, number errors) is decided by the caller, lexer.c.
//
// The text ends with a NUL, and contains no other, so no bounds are checked here.
#include "lexer/lexer.h"

int scan_code(Lexer *lexer)
{ // lint: long
    const unsigned char *cursor = (const unsigned char *)lexer->cursor;
    const unsigned char *marker = cursor;
    int kind;
#define RETURN(result) do { kind = (result); goto done; } while (0)
    for (;;) {
        lexer->token_start = (const char *)cursor;
        /*!re2c
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYCURSOR = cursor;
        re2c:define:YYMARKER = marker;
        re2c:yyfill:enable = 0;

        start  = [A-Za-z_];
        high   = [\x80-\xff];
        name   = start [A-Za-z0-9_]*;
        prefix = [rRbBuUfFtT] | [bBfFtT][rR] | [rR][bBfFtT];

        [ \t\f]+        { continue; }
        "#" [^\n\x00]*  { continue; }
        "\x00"          { cursor--; RETURN(SCAN_END); }
        "\n"            { RETURN(SCAN_NEWLINE); }
        "\\" "\n"       { RETURN(SCAN_CONTINUATION); }
        "\\"            { RETURN(SCAN_BAD_CONTINUATION); }

        "False"    { RETURN(TOKEN_FALSE); }
        "None"     { RETURN(TOKEN_NONE); }
        "True"     { RETURN(TOKEN_TRUE); }
        "and"      { RETURN(TOKEN_AND); }
        "as"       { RETURN(TOKEN_AS); }
        "assert"   { RETURN(TOKEN_ASSERT); }
        "async"    { RETURN(TOKEN_ASYNC); }
        "await"    { RETURN(TOKEN_AWAIT); }
        "break"    { RETURN(TOKEN_BREAK); }
        "class"    { RETURN(TOKEN_CLASS); }
        "continue" { RETURN(TOKEN_CONTINUE); }
        "def"      { RETURN(TOKEN_DEF); }
        "del"      { RETURN(TOKEN_DEL); }
        "elif"     { RETURN(TOKEN_ELIF); }
        "else"     { RETURN(TOKEN_ELSE); }
        "except"   { RETURN(TOKEN_EXCEPT); }
        "finally"  { RETURN(TOKEN_FINALLY); }
        "for"      { RETURN(TOKEN_FOR); }
        "from"     { RETURN(TOKEN_FROM); }
        "global"   { RETURN(TOKEN_GLOBAL); }
        "if"       { RETURN(TOKEN_IF); }
        "import"   { RETURN(TOKEN_IMPORT); }
        "in"       { RETURN(TOKEN_IN); }
        "is"       { RETURN(TOKEN_IS); }
        "lambda"   { RETURN(TOKEN_LAMBDA); }
        "nonlocal" { RETURN(TOKEN_NONLOCAL); }
        "not"      { RETURN(TOKEN_NOT); }
        "or"       { RETURN(TOKEN_OR); }
        "pass"     { RETURN(TOKEN_PASS); }
        "raise"    { RETURN(TOKEN_RAISE); }
        "return"   { RETURN(TOKEN_RETURN); }
        "try"      { RETURN(TOKEN_TRY); }
        "while"    { RETURN(TOKEN_WHILE); }
        "with"     { RETURN(TOKEN_WITH); }
        "yield"    { RETURN(TOKEN_YIELD); }

        name                            { RETURN(SCAN_ASCII_NAME); }
        (start | high) (name | [0-9] | high)* { RETURN(SCAN_IDENTIFIER); }
        [0-9] | "." [0-9]               { RETURN(SCAN_NUMBER); }
        prefix? ['"]                    { RETURN(SCAN_STRING); }

        "("  { RETURN(TOKEN_LPAR); }
        ")"  { RETURN(TOKEN_RPAR); }
        "["  { RETURN(TOKEN_LSQB); }
        "]"  { RETURN(TOKEN_RSQB); }
        "{"  { RETURN(TOKEN_LBRACE); }
        "}"  { RETURN(TOKEN_RBRACE); }
        ","  { RETURN(TOKEN_COMMA); }
        ":"  { RETURN(TOKEN_COLON); }
        ";"  { RETURN(TOKEN_SEMI); }
        "."  { RETURN(TOKEN_DOT); }
        "..." { RETURN(TOKEN_ELLIPSIS); }
        "="  { RETURN(TOKEN_EQUAL); }
        ":=" { RETURN(TOKEN_COLONEQUAL); }
        "->" { RETURN(TOKEN_RARROW); }
        "@"  { RETURN(TOKEN_AT); }
        "+"  { RETURN(TOKEN_PLUS); }
        "-"  { RETURN(TOKEN_MINUS); }
        "*"  { RETURN(TOKEN_STAR); }
        "**" { RETURN(TOKEN_DOUBLESTAR); }
        "/"  { RETURN(TOKEN_SLASH); }
        "//" { RETURN(TOKEN_DOUBLESLASH); }
        "%"  { RETURN(TOKEN_PERCENT); }
        "|"  { RETURN(TOKEN_VBAR); }
        "&"  { RETURN(TOKEN_AMPER); }
        "^"  { RETURN(TOKEN_CIRCUMFLEX); }
        "~"  { RETURN(TOKEN_TILDE); }
        "<<" { RETURN(TOKEN_LEFTSHIFT); }
        ">>" { RETURN(TOKEN_RIGHTSHIFT); }
        "<"  { RETURN(TOKEN_LESS); }
        ">"  { RETURN(TOKEN_GREATER); }
        "<=" { RETURN(TOKEN_LESSEQUAL); }
        ">=" { RETURN(TOKEN_GREATEREQUAL); }
        "==" { RETURN(TOKEN_EQEQUAL); }
        "!=" { RETURN(TOKEN_NOTEQUAL); }
        "<>" { RETURN(TOKEN_UNKNOWN); }
        "+="  { RETURN(TOKEN_PLUSEQUAL); }
        "-="  { RETURN(TOKEN_MINEQUAL); }
        "*="  { RETURN(TOKEN_STAREQUAL); }
        "/="  { RETURN(TOKEN_SLASHEQUAL); }
        "//=" { RETURN(TOKEN_DOUBLESLASHEQUAL); }
        "%="  { RETURN(TOKEN_PERCENTEQUAL); }
        "@="  { RETURN(TOKEN_ATEQUAL); }
        "&="  { RETURN(TOKEN_AMPEREQUAL); }
        "|="  { RETURN(TOKEN_VBAREQUAL); }
        "^="  { RETURN(TOKEN_CIRCUMFLEXEQUAL); }
        "<<=" { RETURN(TOKEN_LEFTSHIFTEQUAL); }
        ">>=" { RETURN(TOKEN_RIGHTSHIFTEQUAL); }
        "**=" { RETURN(TOKEN_DOUBLESTAREQUAL); }

        *    { RETURN(SCAN_INVALID); }
        */
    }
#undef RETURN
done:
    lexer->cursor = (const char *)cursor;
    return kind;
}
