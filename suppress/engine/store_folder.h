/* store_folder.h: the folder of a store, beneath whichever database lies in it. */
#ifndef FF_SUPPRESS_STORE_FOLDER_H
#define FF_SUPPRESS_STORE_FOLDER_H

#include "suppress/engine/store.h"

/** Makes the folder when it may. @return FF_OK; FF_ERR_NOT_FOUND, FF_ERR_CREATE, FF_ERR_PERMISSION, FF_ERR_IO; msg
 * says why */
FF_MUST_CHECK enum ff_err ff_store_folder_find(const struct ff_store_options *opts, char *msg, size_t size);
/** Takes the lock until *ret_fd is closed. @return FF_OK; FF_ERR_EXISTS: another process has it; FF_ERR_CREATE
 * (also where the file system has no locks), FF_ERR_PERMISSION, FF_ERR_IO; msg says why */
FF_MUST_CHECK enum ff_err ff_store_folder_lock(const struct ff_store_options *opts, int *ret_fd, char *msg,
                                               size_t size);
/** Does a writer have it? Only looks: never stands in the way of one that is about to take it. */
bool ff_store_folder_is_locked(const char *dir);

#endif
