#include "remote_write/wire/histogram_message.h"

#include <vector>

#include "remote_write/wire/fields.h"

namespace silverback::wire {
namespace {

/// Lists stop growing here: one more than is valid.
constexpr size_t kMaxListed = kMaxHistogramBuckets + 1;
static_assert(kMaxHistogramSpans <= kMaxHistogramBuckets);
static_assert(kMaxHistogramCustomValues <= kMaxHistogramBuckets);

/// Appends the numbers of a repeated field, packed or not.
template <typename Value, typename Single, typename Packed>
void TakeNumbers(pbf_reader& field, pbf_wire_type type, std::vector<Value>* out,
                 const Single& single, const Packed& packed) {
  if (field.wire_type() != pbf_wire_type::length_delimited) {
    Expect(field, type);
    const Value value = single();
    if (out->size() < kMaxListed) out->push_back(value);
    return;
  }
  for (const auto value : packed()) {
    if (out->size() >= kMaxListed) return;
    out->push_back(value);
  }
}

void TakeDeltas(pbf_reader& field, std::vector<int64_t>* out) {
  TakeNumbers(
      field, pbf_wire_type::varint, out, [&] { return field.get_sint64(); },
      [&] { return field.get_packed_sint64(); });
}

void TakeDoubles(pbf_reader& field, std::vector<double>* out) {
  TakeNumbers(
      field, pbf_wire_type::fixed64, out, [&] { return field.get_double(); },
      [&] { return field.get_packed_double(); });
}

void TakeSpan(pbf_reader& field, std::vector<HistogramSpan>* out) {
  HistogramSpan span;
  pbf_reader inner = Message(TakeBytes(field));
  while (inner.next()) {
    switch (inner.tag()) {
      case 1:
        Expect(inner, pbf_wire_type::varint);
        span.offset = inner.get_sint32();
        break;
      case 2:
        Expect(inner, pbf_wire_type::varint);
        span.length = inner.get_uint32();
        break;
      default:
        inner.skip();
    }
  }
  if (out->size() < kMaxListed) out->push_back(span);
}

/// A count that is an integer or a double; the one that came last counts.
struct EitherCount {
  bool is_float = false;
  HistogramCount raw = 0;

  void TakeInteger(pbf_reader& field) {
    Expect(field, pbf_wire_type::varint);
    *this = {false, field.get_uint64()};
  }
  void TakeFloat(pbf_reader& field) { *this = {true, BitsOf(TakeDouble(field))}; }
};

/// One side's buckets in both forms.
struct Side {
  std::vector<int64_t> deltas;
  std::vector<double> counts;

  std::vector<HistogramCount> Absolute(bool is_float) const {
    std::vector<HistogramCount> out;
    if (is_float) {
      out.reserve(counts.size());
      for (const double count : counts) out.push_back(BitsOf(count));
      return out;
    }
    out.reserve(deltas.size());
    uint64_t count = 0;
    for (const int64_t delta : deltas) out.push_back(count += static_cast<uint64_t>(delta));
    return out;
  }
};

CounterResetHint HintOf(int64_t number) {
  return number >= 0 && number <= static_cast<int64_t>(CounterResetHint::kGauge)
             ? static_cast<CounterResetHint>(number)
             : CounterResetHint::kUnknown;
}

}  // namespace

Status TooManyCounts() {
  return ResourceExhausted("more than {} histogram buckets", kMaxRequestCounts);
}

HistogramSample DecodeHistogram(std::string_view message, size_t* counts) {
  HistogramSample sample;
  NativeHistogram& histogram = sample.histogram;
  EitherCount count;
  EitherCount zero_count;
  Side positive;
  Side negative;
  pbf_reader field = Message(message);
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        count.TakeInteger(field);
        break;
      case 2:
        count.TakeFloat(field);
        break;
      case 3:
        histogram.sum = TakeDouble(field);
        break;
      case 4:
        Expect(field, pbf_wire_type::varint);
        histogram.schema = field.get_sint32();
        break;
      case 5:
        histogram.zero_threshold = TakeDouble(field);
        break;
      case 6:
        zero_count.TakeInteger(field);
        break;
      case 7:
        zero_count.TakeFloat(field);
        break;
      case 8:
        TakeSpan(field, &histogram.negative_spans);
        break;
      case 9:
        TakeDeltas(field, &negative.deltas);
        break;
      case 10:
        TakeDoubles(field, &negative.counts);
        break;
      case 11:
        TakeSpan(field, &histogram.positive_spans);
        break;
      case 12:
        TakeDeltas(field, &positive.deltas);
        break;
      case 13:
        TakeDoubles(field, &positive.counts);
        break;
      case 14:
        histogram.reset_hint = HintOf(TakeInt64(field));
        break;
      case 15:
        sample.timestamp_ms = TakeInt64(field);
        break;
      case 16:
        TakeDoubles(field, &histogram.custom_values);
        break;
      case 17:
        sample.start_ms = TakeInt64(field);
        break;
      default:
        field.skip();
    }
  }
  histogram.is_float = count.is_float;
  histogram.count = count.raw;
  if (zero_count.is_float == count.is_float) histogram.zero_count = zero_count.raw;
  histogram.positive_counts = positive.Absolute(count.is_float);
  histogram.negative_counts = negative.Absolute(count.is_float);
  *counts += histogram.positive_spans.size() + histogram.negative_spans.size() +
             histogram.positive_counts.size() + histogram.negative_counts.size() +
             histogram.custom_values.size();
  if (histogram.schema > kMaxExponentialSchema && histogram.schema <= kMaxReservedSchema) {
    // What cannot be brought down stays as it is, and is refused for its schema.
    static_cast<void>(histogram.ReduceResolution(kMaxExponentialSchema));
  }
  return sample;
}

}  // namespace silverback::wire
