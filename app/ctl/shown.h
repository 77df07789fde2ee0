/*
 * Names as a command prints them for people. What stands in the database may be older than the
 * rules for names, and the name of a WeChat user is anything.
 */
#ifndef SHOWN_H
#define SHOWN_H

/* Returns text with what cannot be seen as \u202e, so that it changes nothing else of the line, and
 * cut after some 1,000 bytes; NULL stays NULL. It is valid until the fifth call from here. */
const char *shown_text(const char *text);

#endif
