/* Lines from standard input: as they come, or edited at a terminal by libedit, which is opened at run
 * time. There is one standard input, so there is one of everything here, for one thread.
 */
#ifndef SMV_LINES_H
#define SMV_LINES_H

#include <stdint.h>

/* What comes of asking for a line. */
enum {
    SMV_LINE_END = 0,
    SMV_LINE_READ = 1,
    SMV_LINE_INTERRUPTED = 2, /* by a signal, which `smv_interrupt` names */
    SMV_LINE_TOO_LONG = 3,    /* longer than SMV_LINE_LIMIT bytes; it has been passed over */
};
enum { SMV_LINE_LIMIT = 1 << 20 };

/* What stands before the line on a terminal. */
enum { SMV_PROMPT_NONE = 0, SMV_PROMPT_FIRST = 1, SMV_PROMPT_FURTHER = 2 };

/* Reads a line without editing; the prompt goes to the stream. */
int smv_line_read(int stream, int prompt);

/* A byte of the line that was read, without its end; -1 behind it. */
int smv_line_byte(int place);

/* Why lines cannot be edited. */
enum { SMV_EDITOR_OPEN = 0, SMV_EDITOR_NO_LIBRARY = 1, SMV_EDITOR_NO_TERMINAL = 2 };

/* Gets ready to edit lines on the terminal that the stream is. With history, earlier lines can be
 * called back, and what is read is kept in the file of `smv_history_failure`. */
int smv_editor_open(int stream, int with_history);

/* Lets the user edit a line. */
int smv_editor_read(int prompt);

void smv_editor_close(void);

/* The errno that kept the history from being read or written; 0 when nothing did. The file is
 * smolvlm/history in XDG_STATE_HOME, else in ~/.local/state. */
int smv_history_failure(void);

/* What is called when the user asks for a word to be completed. It looks at the text left of the
 * cursor, then says what to insert there and which words to choose from. */
void smv_editor_complete_by(void (*complete)(void));
/* A byte of the text left of the cursor; -1 behind it. */
int smv_editor_left_byte(int place);
/* Adds a byte to what is inserted. */
void smv_editor_insert_byte(uint8_t byte);
/* Adds a byte to what is shown below the line. */
void smv_editor_show_byte(uint8_t byte);

#endif
