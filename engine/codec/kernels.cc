#include "engine/codec/kernels.h"

#include "engine/codec/kernels_variants.h"

namespace silverback::codec {

KernelList AvailableKernels() {
  KernelList list;
  list.variants[list.count++] = &kPortableKernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v3")) {
    list.variants[list.count++] = &kX8664V3Kernels;
  }
#endif
  return list;
}

const Kernels& ActiveKernels() {
  static const Kernels& active = [&]() -> const Kernels& {
    const KernelList list = AvailableKernels();
    return *list.variants[list.count - 1];
  }();
  return active;
}

}  // namespace silverback::codec
