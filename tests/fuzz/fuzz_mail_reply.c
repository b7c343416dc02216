/* fuzz_mail_reply.c - whatever a relay says, its words are a short printable line. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channel/mail/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *words, size_t size)
{
    const size_t len = strnlen(words, size);

    if (len == size)
        abort();
    for (size_t i = 0; i < len; i++) {
        if (words[i] < ' ' || words[i] > '~')
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char words[LETTER_WORDS_SIZE] = "";
    char *text = malloc(size + 1);
    unsigned code = reply_last((const char *)data, size, words, sizeof(words));

    if (code > 999)
        abort();
    check(words, sizeof(words));
    memcpy(text, data, size);
    text[size] = '\0';
    reply_words(text, words, sizeof(words));
    check(words, sizeof(words));
    free(text);
    return 0;
}
