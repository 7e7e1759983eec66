#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "bytes.h"
#include "history.h"
#include "interrupts.h"
#include "lines.h"

/* Lines as they come. */

static smv_bytes line;

int smv_line_byte(int place) {
    return place >= 0 && (size_t)place < line.count ? line.start[place] : -1;
}

static const char *const prompts[] = {"", "> ", "... "};
static const wchar_t *const wide_prompts[] = {L"", L"> ", L"... "};

int smv_line_read(int stream, int prompt) {
    static unsigned char piece[1 << 16];
    static size_t taken, filled;
    FILE *out = stream == 2 ? stderr : stdout;
    int is_too_long = 0, has_some = 0;
    line.count = 0;
    if (prompt != SMV_PROMPT_NONE) {
        fputs(prompts[prompt], out);
        fflush(out);
    }
    for (;;) {
        while (taken < filled) {
            const unsigned char byte = piece[taken++];
            has_some = 1;
            if (byte == '\n') return is_too_long ? SMV_LINE_TOO_LONG : SMV_LINE_READ;
            if (line.count < SMV_LINE_LIMIT) smv_bytes_add(&line, byte);
            else is_too_long = 1;
        }
        const int found = smv_input_wait();
        if (found == SMV_INPUT_INTERRUPTED) {
            if (prompt != SMV_PROMPT_NONE) fputs("\n", out);
            return SMV_LINE_INTERRUPTED;
        }
        if (found != SMV_INPUT_READY) continue;
        const ssize_t got = read(0, piece, sizeof piece);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) {
            if (has_some) return is_too_long ? SMV_LINE_TOO_LONG : SMV_LINE_READ;
            if (prompt != SMV_PROMPT_NONE) fputs("\n", out);
            return SMV_LINE_END;
        }
        taken = 0;
        filled = (size_t)got;
    }
}

/* libedit: what of its binary interface is used. Its headers need not be there. */

typedef struct editline editor_type;
typedef struct history_type history_type;
typedef struct {
    int number;
    const wchar_t *text;
} history_event;
typedef struct {
    const wchar_t *start, *cursor, *end;
} editor_line;

enum {
    set_prompt = 0,
    set_editor = 2,
    set_signal = 3,
    set_bind = 4,
    set_function = 9,
    set_history = 10,
    set_reader = 13,
    set_terminal_mode = 16,
    set_refresh = 20,
    history_size = 1,
    history_enter = 10,
    history_unique = 20,
    done_error = 6,
    done_refresh = 4,
    done_redisplay = 8,
    history_lines = 1000,
};

static struct {
    editor_type *(*init)(const char *, FILE *, FILE *, FILE *);
    void (*end)(editor_type *);
    int (*set)(editor_type *, int, ...);
    const wchar_t *(*get)(editor_type *, int *);
    const editor_line *(*line)(editor_type *);
    int (*insert)(editor_type *, const wchar_t *);
    int (*source)(editor_type *, const char *);
    void (*resize)(editor_type *);
    history_type *(*history_init)(void);
    void (*history_end)(history_type *);
    int (*history)(history_type *, history_event *, int, ...);
    int ready;
} lib;

static editor_type *editor;
static history_type *history;
static FILE *screen;
static int current_prompt, keeps_history, history_failure;
static void (*completer)(void);
static smv_bytes left, inserted, shown;

static void find(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    if (!found) lib.ready = 0;
    memcpy(place, &found, sizeof found);
}

static int open_library(void) {
    static const char *const names[] = {"libedit.so.2", "libedit.so.0", "libedit.3.dylib"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) return 0;
    lib.ready = 1;
    find(library, "el_init", &lib.init);
    find(library, "el_end", &lib.end);
    find(library, "el_wset", &lib.set);
    find(library, "el_wgets", &lib.get);
    find(library, "el_wline", &lib.line);
    find(library, "el_winsertstr", &lib.insert);
    find(library, "el_source", &lib.source);
    find(library, "el_resize", &lib.resize);
    find(library, "history_winit", &lib.history_init);
    find(library, "history_wend", &lib.history_end);
    find(library, "history_w", &lib.history);
    return lib.ready;
}

static const wchar_t *prompt_text(editor_type *asking) {
    (void)asking;
    return wide_prompts[current_prompt];
}

/* What the terminal shows is not what was drawn any more. */
static void draw_again(editor_type *asking) {
    fputs("\r\x1b[J", screen);
    lib.set(asking, set_refresh);
}

/* A byte of standard input: 1, 0 at its end, -1 when a signal wants the line to be given up. */
static int read_byte(editor_type *asking, unsigned char *byte) {
    for (;;) {
        switch (smv_input_wait()) {
        case SMV_INPUT_INTERRUPTED: return -1;
        case SMV_INPUT_RESUMED:
            /* Whoever had the terminal meanwhile has left it in its own mode. */
            lib.set(asking, set_terminal_mode, 0);
            lib.set(asking, set_terminal_mode, 1);
            draw_again(asking);
            continue;
        case SMV_INPUT_RESIZED:
            lib.resize(asking);
            draw_again(asking);
            continue;
        default: break;
        }
        const ssize_t got = read(0, byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        return got < 0 ? -1 : (int)got;
    }
}

/* The next character, whatever the locale: what is typed is UTF-8. */
static int read_character(editor_type *asking, wchar_t *character) {
    static int pushed_back = -1;
    unsigned char bytes[4];
    if (pushed_back >= 0) {
        bytes[0] = (unsigned char)pushed_back;
        pushed_back = -1;
    } else {
        const int got = read_byte(asking, bytes);
        if (got <= 0) return got;
    }
    size_t count = 1, length;
    while (count < smv_character_length(bytes[0])) {
        const int got = read_byte(asking, bytes + count);
        if (got < 0) return got;
        if (got == 0) break;
        if ((bytes[count] & 0xC0) != 0x80) {
            pushed_back = bytes[count];
            break;
        }
        count++;
    }
    *character = smv_character(bytes, count, &length);
    return 1;
}

static unsigned char complete_word(editor_type *asking, wint_t key) {
    (void)key;
    if (!completer) return done_error;
    const editor_line *now = lib.line(asking);
    left.count = inserted.count = shown.count = 0;
    smv_bytes_add_text(&left, now->start, (size_t)(now->cursor - now->start));
    completer();
    wchar_t *text = inserted.count ? smv_text(&inserted) : NULL;
    const int has_grown = text && lib.insert(asking, text) == 0;
    free(text);
    if (shown.count) {
        fputc('\n', screen);
        fwrite(shown.start, 1, shown.count, screen);
        fflush(screen);
        return done_redisplay;
    }
    return has_grown ? done_refresh : done_error;
}

/* What a terminal pastes comes between marks, so that line feeds in it end no line. */
static const char paste_on[] = "\x1b[?2004h", paste_off[] = "\x1b[?2004l";

static unsigned char paste(editor_type *asking, wint_t key) {
    static const wchar_t mark[] = L"\x1b[201~";
    const size_t length = wcslen(mark);
    smv_bytes text = {0};
    size_t matched = 0;
    wchar_t next;
    int got;
    (void)key;
    while (matched < length && (got = read_character(asking, &next)) > 0) {
        if (next == mark[matched]) {
            matched++;
            continue;
        }
        /* The escape character is nowhere else in the mark, so the match begins anew. */
        smv_bytes_add_text(&text, mark + 1, matched > 0 ? matched - 1 : 0);
        matched = next == mark[0];
        if (next == L'\r') next = L'\n';
        if (next == L'\t') next = L' ';
        if (!matched && (next >= L' ' || next == L'\n') && next != 0x7F && text.count < SMV_LINE_LIMIT)
            smv_bytes_add_text(&text, &next, 1);
    }
    wchar_t *wide = text.count ? smv_text(&text) : NULL;
    const int has_grown = wide && lib.insert(asking, wide) == 0;
    free(wide);
    free(text.start);
    return has_grown ? done_refresh : done_error;
}

void smv_editor_complete_by(void (*complete)(void)) { completer = complete; }

int smv_editor_left_byte(int place) {
    return place >= 0 && (size_t)place < left.count ? left.start[place] : -1;
}

void smv_editor_insert_byte(uint8_t byte) { smv_bytes_add(&inserted, byte); }
void smv_editor_show_byte(uint8_t byte) { smv_bytes_add(&shown, byte); }

/* Keys as shells have them, where libedit has others. */
static void bind_keys(void) {
    static const wchar_t *const keys[][2] = {
        {L"^I", L"smolvlm-complete"}, {L"^R", L"em-inc-search-prev"}, {L"^W", L"ed-delete-prev-word"},
        {L"\\e[H", L"ed-move-to-beg"}, {L"\\e[F", L"ed-move-to-end"},
        {L"\\e[1~", L"ed-move-to-beg"}, {L"\\e[4~", L"ed-move-to-end"},
        {L"\\e[3~", L"ed-delete-next-char"}, {L"\\e[A", L"ed-prev-history"},
        {L"\\e[B", L"ed-next-history"}, {L"\\e[C", L"ed-next-char"}, {L"\\e[D", L"ed-prev-char"},
        {L"\\e[200~", L"smolvlm-paste"}, {L"\\e[1;5C", L"em-next-word"}, {L"\\e[1;5D", L"ed-prev-word"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        lib.set(editor, set_bind, keys[i][0], keys[i][1], NULL);
}

/* Whether a line is another than the one before. */
static int is_new(const smv_bytes *text) {
    static smv_bytes last;
    if (text->count == last.count && memcmp(text->start, last.start, last.count) == 0) return 0;
    last.count = 0;
    for (size_t i = 0; i < text->count; i++) smv_bytes_add(&last, text->start[i]);
    return 1;
}

static void remember(const smv_bytes *text) {
    history_event event;
    wchar_t *wide = text->count ? smv_text(text) : NULL;
    if (wide) lib.history(history, &event, history_enter, wide);
    free(wide);
}

static void load_history(void) {
    smv_bytes lines = {0}, one = {0};
    history_failure = smv_history_load(&lines);
    for (size_t i = 0; i < lines.count; i++) {
        if (lines.start[i] != '\n') {
            smv_bytes_add(&one, lines.start[i]);
            continue;
        }
        remember(&one);
        one.count = 0;
    }
    free(lines.start);
    free(one.start);
}

int smv_editor_open(int stream, int with_history) {
    const char *kind = getenv("TERM");
    if (!isatty(0) || !isatty(stream) || !kind || !*kind || strcmp(kind, "dumb") == 0)
        return SMV_EDITOR_NO_TERMINAL;
    if (!open_library()) return SMV_EDITOR_NO_LIBRARY;
    /* What is shown is UTF-8 as well; a locale without it would show numbers. */
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 && !setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "en_US.UTF-8");
    screen = stream == 2 ? stderr : stdout;
    editor = lib.init("smolvlm", stdin, screen, stderr);
    history = lib.history_init();
    if (!editor || !history) return SMV_EDITOR_NO_TERMINAL;
    history_event event;
    lib.history(history, &event, history_size, (int)history_lines);
    lib.history(history, &event, history_unique, 1);
    lib.set(editor, set_signal, 0);
    lib.set(editor, set_prompt, prompt_text);
    lib.set(editor, set_editor, L"emacs");
    lib.set(editor, set_history, lib.history, history);
    lib.set(editor, set_reader, read_character);
    lib.set(editor, set_function, L"smolvlm-complete", L"Completes a word", complete_word);
    lib.set(editor, set_function, L"smolvlm-paste", L"Inserts what is pasted", paste);
    bind_keys();
    lib.source(editor, NULL);
    keeps_history = with_history;
    if (with_history) load_history();
    return SMV_EDITOR_OPEN;
}

int smv_editor_read(int prompt) {
    int count = 0;
    line.count = 0;
    current_prompt = prompt;
    smv_interrupts_wait(1);
    /* Before the prompt: what is typed as soon as it is seen is edited here, not by the system. */
    lib.set(editor, set_terminal_mode, 1);
    fputs(paste_on, screen);
    const wchar_t *text = lib.get(editor, &count);
    lib.set(editor, set_terminal_mode, 0);
    fputs(paste_off, screen);
    fflush(screen);
    smv_interrupts_wait(0);
    if (!text || count <= 0) {
        /* What is right of the cursor goes, so that nothing is written over it. */
        fputs(smv_interrupt() ? "\x1b[J^C\n" : "\n", screen);
        fflush(screen);
        return smv_interrupt() ? SMV_LINE_INTERRUPTED : SMV_LINE_END;
    }
    while (count > 0 && (text[count - 1] == L'\n' || text[count - 1] == L'\r')) count--;
    smv_bytes_add_text(&line, text, (size_t)count);
    if (line.count > SMV_LINE_LIMIT) return SMV_LINE_TOO_LONG;
    remember(&line);
    if (keeps_history && line.count > 0 && is_new(&line)) {
        const int failure = smv_history_append(&line);
        if (failure) history_failure = failure;
    }
    return SMV_LINE_READ;
}

int smv_history_failure(void) { return history_failure; }

void smv_editor_close(void) {
    if (editor) lib.end(editor);
    if (history) lib.history_end(history);
    editor = NULL;
    history = NULL;
}
