#include "query/remote_read/histogram_spans.h"

namespace silverback {

void AddSpans(uint32_t number, std::span<const HistogramSpan> spans,
              protozero::pbf_writer* writer) {
  for (const HistogramSpan& span : spans) {
    protozero::pbf_writer message(*writer, number);
    message.add_sint32(1, span.offset);
    message.add_uint32(2, span.length);
  }
}

}  // namespace silverback
