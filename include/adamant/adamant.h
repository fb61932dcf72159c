/* Adamant: everything a program needs. */
#ifndef ADAMANT_H
#define ADAMANT_H

#include <adamant/checkpoint.h>
#include <adamant/compile.h>
#include <adamant/compose.h>
#include <adamant/control.h>
#include <adamant/core.h>
#include <adamant/curves.h>
#include <adamant/data.h>
#include <adamant/emit.h>
#include <adamant/index.h>
#include <adamant/init.h>
#include <adamant/graph.h>
#include <adamant/io.h>
#include <adamant/model.h>
#include <adamant/op.h>
#include <adamant/ops.h>
#include <adamant/optim.h>
#include <adamant/options.h>
#include <adamant/picture.h>
#include <adamant/random.h>
#include <adamant/relation.h>
#include <adamant/text.h>
#include <adamant/transform.h>

#endif
