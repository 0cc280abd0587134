/* log_step.h: what a step of reading came to. */
#ifndef FF_CLI_LOG_STEP_H
#define FF_CLI_LOG_STEP_H

enum ff_log_step {
    FF_LOG_WORKED, /* some records were read */
    FF_LOG_IDLE,   /* nothing to read now */
    FF_LOG_ENDED,  /* all inputs ended */
    FF_LOG_FAILED, /* an input is broken; status in ff_log_inputs_status(), the others go on */
};

#endif
