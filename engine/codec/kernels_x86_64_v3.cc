// Compiled with -march=x86-64-v3 on x86-64 (CMakeLists.txt); empty elsewhere.
#if defined(__x86_64__)

#include "engine/codec/kernels_impl.h"
#include "engine/codec/kernels_variants.h"

namespace silverback::codec {

const Kernels kX8664V3Kernels = MakeKernels("x86-64-v3");

}  // namespace silverback::codec

#endif
