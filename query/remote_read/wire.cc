#include "query/remote_read/wire.h"

#include <snappy.h>
#include <span>
#include <vector>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "query/remote_read/histogram_spans.h"

namespace silverback::remote_read {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;

/// The densest element of snappy stands for at most 64 bytes and takes at least 2.
constexpr size_t kMaxExpansion = 32;

struct WrongWireType : protozero::exception {
  const char* what() const noexcept override { return "wrong wire type"; }
};

void Expect(const pbf_reader& field, pbf_wire_type type) {
  if (field.wire_type() != type) throw WrongWireType();
}

std::string TakeString(pbf_reader& field) {
  Expect(field, pbf_wire_type::length_delimited);
  const data_view view = field.get_view();
  return {view.data(), view.size()};
}

int64_t TakeInt64(pbf_reader& field) {
  Expect(field, pbf_wire_type::varint);
  return field.get_int64();
}

pbf_reader TakeMessage(pbf_reader& field) {
  Expect(field, pbf_wire_type::length_delimited);
  return field.get_message();
}

StatusOr<Matcher> DecodeMatcher(pbf_reader field) {
  constexpr MatchType kTypes[] = {MatchType::kEqual, MatchType::kNotEqual, MatchType::kRegex,
                                  MatchType::kNotRegex};
  int64_t type = 0;
  std::string name;
  std::string value;
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        type = TakeInt64(field);
        break;
      case 2:
        name = TakeString(field);
        break;
      case 3:
        value = TakeString(field);
        break;
      default:
        field.skip();
    }
  }
  if (type < 0 || type >= static_cast<int64_t>(std::size(kTypes))) {
    return InvalidArgument("invalid matcher type");
  }
  return Matcher::Create(kTypes[type], std::move(name), std::move(value));
}

StatusOr<ReadQuery> DecodeQuery(pbf_reader field) {
  ReadQuery query;
  query.range = {0, 0};
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        query.range.min_ms = TakeInt64(field);
        break;
      case 2:
        query.range.max_ms = TakeInt64(field);
        break;
      case 3: {
        ASSIGN_OR_RETURN(Matcher matcher, DecodeMatcher(TakeMessage(field)));
        query.matchers.push_back(std::move(matcher));
        break;
      }
      default:
        field.skip();
    }
  }
  return query;
}

/// Repeated numbers, packed or one by one.
void TakeTypes(pbf_reader& field, std::vector<int64_t>* types) {
  if (field.wire_type() == pbf_wire_type::varint) {
    types->push_back(field.get_int64());
    return;
  }
  Expect(field, pbf_wire_type::length_delimited);
  for (const int64_t type : field.get_packed_int64()) types->push_back(type);
}

StatusOr<ResponseType> Negotiate(const std::vector<int64_t>& accepted) {
  if (accepted.empty()) return ResponseType::kSamples;
  for (const int64_t type : accepted) {
    if (type == 0) return ResponseType::kSamples;
    if (type == 1) return ResponseType::kStreamedXorChunks;
  }
  return InvalidArgument(
      "server does not support any of the requested response types: {}; supported: SAMPLES, "
      "STREAMED_XOR_CHUNKS",
      fmt::join(accepted, " "));
}

StatusOr<ReadRequest> DecodeMessage(pbf_reader field) {
  ReadRequest request;
  std::vector<int64_t> accepted;
  while (field.next()) {
    switch (field.tag()) {
      case 1: {
        ASSIGN_OR_RETURN(ReadQuery query, DecodeQuery(TakeMessage(field)));
        request.queries.push_back(std::move(query));
        break;
      }
      case 2:
        TakeTypes(field, &accepted);
        break;
      default:
        field.skip();
    }
  }
  ASSIGN_OR_RETURN(request.response, Negotiate(accepted));
  return request;
}

void AppendTag(std::string* out, uint32_t number, uint32_t wire_type) {
  PutVarint(out, uint64_t{number} << 3 | wire_type);
}

void AppendVarintField(std::string* out, uint32_t number, int64_t value) {
  if (value == 0) return;
  AppendTag(out, number, 0);
  PutVarint(out, static_cast<uint64_t>(value));
}

/// Integers by the difference to the bucket before; floats, whose field is the next one, as they are.
void AddCounts(uint32_t number, const NativeHistogram& histogram,
               std::span<const HistogramCount> counts, pbf_writer* writer) {
  if (histogram.is_float) {
    std::vector<double> values;
    for (const HistogramCount count : counts) values.push_back(histogram.ToDouble(count));
    writer->add_packed_double(number + 1, values.begin(), values.end());
    return;
  }
  std::vector<int64_t> deltas;
  HistogramCount before = 0;
  for (const HistogramCount count : counts) {
    deltas.push_back(static_cast<int64_t>(count - before));
    before = count;
  }
  writer->add_packed_sint64(number, deltas.begin(), deltas.end());
}

}  // namespace

StatusOr<ReadRequest> DecodeReadRequest(std::string_view body, size_t max_decompressed_bytes) {
  size_t length = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &length) ||
      length / kMaxExpansion > body.size()) {
    return InvalidArgument("snappy: corrupt input");
  }
  if (length > max_decompressed_bytes) {
    return InvalidArgument("snappy: decoded length {} exceeds limit {}", length,
                           max_decompressed_bytes);
  }
  std::string message;
  if (!snappy::Uncompress(body.data(), body.size(), &message)) {
    return InvalidArgument("snappy: corrupt input");
  }
  try {
    return DecodeMessage(pbf_reader(data_view(message.data(), message.size())));
  } catch (const protozero::exception& error) {
    return InvalidArgument("the read request is malformed: {}", error.what());
  }
}

void AppendField(std::string* out, uint32_t number, std::string_view bytes) {
  AppendTag(out, number, 2);
  PutLengthPrefixed(out, bytes);
}

void AppendLabels(std::string* out, const LabelSet& labels) {
  std::string field;
  for (const Label& label : labels) {
    field.clear();
    AppendField(&field, 1, label.name);
    AppendField(&field, 2, label.value);
    AppendField(out, 1, field);
  }
}

void AppendSample(std::string* out, TimestampMs t, double value) {
  std::string field;
  AppendTag(&field, 1, 1);
  PutFixed(&field, value);
  AppendVarintField(&field, 2, t);
  AppendField(out, 2, field);
}

void AppendHistogram(std::string* out, TimestampMs t, const NativeHistogram& histogram) {
  std::string field;
  pbf_writer writer(field);
  // Which of the two there is says what kind of histogram it is, so they are there also when they are 0.
  if (histogram.is_float) {
    writer.add_double(2, histogram.ToDouble(histogram.count));
  } else {
    writer.add_uint64(1, histogram.count);
  }
  writer.add_double(3, histogram.sum);
  writer.add_sint32(4, histogram.schema);
  writer.add_double(5, histogram.zero_threshold);
  if (histogram.is_float) {
    writer.add_double(7, histogram.ToDouble(histogram.zero_count));
  } else {
    writer.add_uint64(6, histogram.zero_count);
  }
  AddSpans(8, histogram.negative_spans, &writer);
  AddCounts(9, histogram, histogram.negative_counts, &writer);
  AddSpans(11, histogram.positive_spans, &writer);
  AddCounts(12, histogram, histogram.positive_counts, &writer);
  writer.add_enum(14, static_cast<int32_t>(histogram.reset_hint));
  writer.add_int64(15, t);
  const std::vector<double>& bounds = histogram.custom_values;
  writer.add_packed_double(16, bounds.begin(), bounds.end());
  AppendField(out, 4, field);
}

void AppendChunk(std::string* out, TimeRange range, ChunkEncoding encoding, std::string_view data) {
  std::string field;
  AppendVarintField(&field, 1, range.min_ms);
  AppendVarintField(&field, 2, range.max_ms);
  AppendVarintField(&field, 3, static_cast<int64_t>(encoding));
  AppendField(&field, 4, data);
  AppendField(out, 2, field);
}

std::string Frame(std::string_view chunked_series, int64_t query_index) {
  std::string message;
  AppendField(&message, 1, chunked_series);
  AppendVarintField(&message, 2, query_index);
  std::string frame;
  PutVarint(&frame, message.size());
  PutBigEndian32(&frame, Crc32c(message));
  return frame + message;
}

std::string Compress(std::string_view bytes) {
  std::string compressed;
  snappy::Compress(bytes.data(), bytes.size(), &compressed);
  return compressed;
}

}  // namespace silverback::remote_read
