/*
 * Bytes as text: hexadecimal digits, base32 and base64. Every text ends with NUL.
 */
#ifndef ENCODING_H
#define ENCODING_H

#include <stddef.h>
#include <stdint.h>

/* Writes lower-case digits; text_r has room for 2 * size + 1 bytes. */
void encode_hex(const uint8_t *bytes, size_t size, char *text_r);
/* Writes the base32 of RFC 4648 without padding; text_r has room for (size * 8 + 4) / 5 + 1
 * bytes. */
void encode_base32(const uint8_t *bytes, size_t size, char *text_r);
/* Writes base64 with padding; text_r has room for (size + 2) / 3 * 4 + 1 bytes. */
void encode_base64(const uint8_t *bytes, size_t size, char *text_r);
/* Reads base64 with padding; bytes_r has room for size / 4 * 3 bytes. The spare bits of the last
 * digit may be any. Returns the number of bytes, or -1 if the text is not base64. */
int decode_base64(const char *text, size_t size, uint8_t *bytes_r);

#endif
