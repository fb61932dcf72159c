/* What writing and reading the JSON form of models agree on. */
#ifndef AD_MODEL_MODEL_JSON_H
#define AD_MODEL_MODEL_JSON_H

#include "base/json.h"
#include "model/logical.h"

enum { AD_MODEL_JSON_VERSION = 1 };

#endif
