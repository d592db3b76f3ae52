// The variants of engine/codec/kernels.h, for its dispatch table alone.
#pragma once

#include "engine/codec/kernels.h"

namespace silverback::codec {

extern const Kernels kPortableKernels;
#if defined(__x86_64__)
/// For CPUs with AVX2, BMI2 and FMA (x86-64-v3).
extern const Kernels kX8664V3Kernels;
#endif

}  // namespace silverback::codec
