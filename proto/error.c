/* error.c: names of errors, whether waiting helps, and the exit status they end a program with. */
#include "proto/error.h"

static const struct {
    const char *name;
    enum ff_exit status;
} errors[] = {
    [FF_OK] = {"ok", FF_EXIT_OK},
    [FF_ERR_SYNTAX] = {"syntax", FF_EXIT_DATA},
    [FF_ERR_TRUNCATED] = {"truncated", FF_EXIT_DATA},
    [FF_ERR_RANGE] = {"range", FF_EXIT_DATA},
    [FF_ERR_TOO_LARGE] = {"too_large", FF_EXIT_DATA},
    [FF_ERR_NOT_FOUND] = {"not_found", FF_EXIT_NOINPUT},
    [FF_ERR_EXISTS] = {"exists", FF_EXIT_TEMPFAIL},
    [FF_ERR_PERMISSION] = {"permission", FF_EXIT_NOPERM},
    [FF_ERR_CREATE] = {"create", FF_EXIT_CANTCREAT},
    [FF_ERR_IO] = {"io", FF_EXIT_IO},
    [FF_ERR_UNAVAILABLE] = {"unavailable", FF_EXIT_UNAVAILABLE},
    [FF_ERR_CONFIG] = {"config", FF_EXIT_CONFIG},
    [FF_ERR_NOMEM] = {"nomem", FF_EXIT_OSERR},
    [FF_ERR_DEFECT] = {"defect", FF_EXIT_SOFTWARE},
};

static bool is_known(enum ff_err err)
{
    return (unsigned)err < sizeof errors / sizeof errors[0];
}

const char *ff_err_name(enum ff_err err)
{
    return is_known(err) ? errors[err].name : "unknown";
}

int ff_err_exit_status(enum ff_err err)
{
    return (int)(is_known(err) ? errors[err].status : FF_EXIT_SOFTWARE);
}
