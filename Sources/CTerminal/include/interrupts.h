/* Being asked to stop: by Ctrl-C (SIGINT) or by SIGTERM.
 *
 * Once watched for, the first such signal is only noted, so that what is under way can end in good
 * order. A second one ends the process at once, as it would without all this.
 */
#ifndef SMV_INTERRUPTS_H
#define SMV_INTERRUPTS_H

#include <stddef.h>
#include <stdint.h>

/* Watches from now on. A signal that the parent process had ignored stays ignored. Calling it again
 * does nothing. */
void smv_interrupts_watch(void);

/* The signal that was noted, or 0. */
int smv_interrupt(void);

/* Forgets the signal that was noted: it has been dealt with. */
void smv_interrupt_forget(void);

/* Whether a second signal waits like the first, as it must while the terminal is in a state that has
 * to be undone. */
void smv_interrupts_wait(int waits);

/* Whether a line of progress stands on standard error, for a sudden end to wipe away. */
void smv_progress_stands(int stands);

/* What `smv_input_wait` found. */
enum { SMV_INPUT_READY = 1, SMV_INPUT_INTERRUPTED = 2, SMV_INPUT_RESIZED = 3, SMV_INPUT_RESUMED = 4 };

/* Waits until standard input has something or has ended, a signal is noted, the terminal has another
 * size, or the process goes on after it was stopped. */
int smv_input_wait(void);

#endif
