#include "engine/codec/kernels_impl.h"
#include "engine/codec/kernels_variants.h"

namespace silverback::codec {

const Kernels kPortableKernels = MakeKernels("portable");

}  // namespace silverback::codec
