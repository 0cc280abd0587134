/* classes.h: which category a class of another classifier is. */
#ifndef FF_CLASSIFY_IMPORT_CLASSES_H
#define FF_CLASSIFY_IMPORT_CLASSES_H

#include "classify/import/import.h"

/** FF_CATEGORY_NONE: the class has none; FF_CATEGORY_COUNT: it is not known. */
enum ff_category ff_import_category(enum ff_import_from from, struct ff_slice name);

#endif
