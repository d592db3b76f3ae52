// A label set: the identity of a series.
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace silverback {

/// The label that carries the metric name.
inline constexpr std::string_view kMetricName = "__name__";

/// A borrowed name and value.
struct Label {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const Label&, const Label&) = default;
  friend auto operator<=>(const Label&, const Label&) = default;
};

/// An immutable set of labels, sorted by name (bytewise), names unique, no empty values, in one string:
///
///     for each label: varint length, name, varint length, value
///
/// The same bytes are what `series` rows and log records hold (docs/format.md, "Label set"). Equality and hashing are
/// those of the bytes; a copy is one allocation at most. Safe for concurrent reading.
class LabelSet {
 public:
  LabelSet() = default;

  /// From labels in any order. Labels with empty values are left out (to Prometheus they are absent). REQUIRES: names
  /// are unique; for input that is not trusted use `FromLabels`.
  LabelSet(std::initializer_list<Label> labels);

  /// From labels in any order; labels with empty values are left out. Error when a name is empty or stands twice.
  static StatusOr<LabelSet> FromLabels(std::vector<Label> labels);

  /// From the encoded form. Error (DataLoss) unless the bytes are a well-formed, sorted, unique set.
  static StatusOr<LabelSet> FromEncoded(std::string_view encoded);

  /// The encoded form; owned by this object.
  const std::string& encoded() const { return encoded_; }

  bool empty() const { return encoded_.empty(); }
  size_t size() const;

  /// The value of `name`, or "" when absent. The view lives as long as this object is unchanged.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;

  /// Walks the labels in order of name; yields borrowed `Label`s.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Label;
    using difference_type = std::ptrdiff_t;
    using pointer = const Label*;
    using reference = const Label&;

    explicit Iterator(std::string_view rest) : rest_(rest), done_(rest.empty()) { Read(); }
    reference operator*() const { return label_; }
    pointer operator->() const { return &label_; }
    Iterator& operator++() {
      done_ = rest_.empty();
      Read();
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return done_ == other.done_ && (done_ || rest_.data() == other.rest_.data());
    }

   private:
    void Read();
    std::string_view rest_;
    Label label_;
    bool done_;
  };
  Iterator begin() const { return Iterator(encoded_); }
  Iterator end() const { return Iterator({}); }

  /// The labels of which `keeps(name)` is true.
  template <typename Keeps>
  LabelSet Filtered(const Keeps& keeps) const {
    LabelSet kept;
    kept.encoded_.reserve(encoded_.size());
    const char* begin = encoded_.data();  // of the label's bytes, lengths included
    for (const Label& label : *this) {
      const char* const end = label.value.data() + label.value.size();
      if (keeps(label.name)) kept.encoded_.append(begin, end);
      begin = end;
    }
    return kept;
  }

  /// `{a="1", b="2"}` with the metric name before the braces, as Prometheus prints a series (values quoted as Go's
  /// %q does; names that are not plain are quoted, UTF-8 metric names stand inside the braces).
  std::string ToString() const;

  friend bool operator==(const LabelSet&, const LabelSet&) = default;
  /// Prometheus' order (`labels.Compare`): label by label, name then value; a prefix is smaller.
  friend std::strong_ordering operator<=>(const LabelSet& a, const LabelSet& b);

 private:
  friend class LabelSetBuilder;
  std::string encoded_;
};

/// Changes a label set: start from one, set and delete, then build. Names and values passed in are copied.
class LabelSetBuilder {
 public:
  LabelSetBuilder() = default;
  explicit LabelSetBuilder(const LabelSet& base);

  /// Sets `name` to `value`; an empty value deletes it.
  LabelSetBuilder& Set(std::string_view name, std::string_view value);
  LabelSetBuilder& Delete(std::string_view name);
  LabelSet Build() const;

 private:
  std::vector<std::pair<std::string, std::string>> labels_;  // sorted by name
};

/// Limits on what a client may send as a label set.
struct LabelLimits {
  size_t max_labels = 64;
  size_t max_name_bytes = 1024;
  size_t max_value_bytes = 4096;
};

/// OK if each of `labels`, which a client sent in any order, is valid by itself (name not empty, both valid UTF-8), and all are within
/// `limits`. Otherwise InvalidArgument that names the label and the rule. An empty set is invalid. (Prometheus takes labels that are not
/// sorted, though the protocol asks senders to sort them; that names are unique is for `LabelSet::FromLabels` to say.)
Status ValidateLabels(std::span<const Label> labels, const LabelLimits& limits);

/// True for names of the classic alphabet: [a-zA-Z_][a-zA-Z0-9_]*.
bool IsPlainLabelName(std::string_view name);
/// True for metric names of the classic alphabet: [a-zA-Z_:][a-zA-Z0-9_:]*.
bool IsPlainMetricName(std::string_view name);
/// True if `s` is valid UTF-8 (no surrogates, no overlong forms).
bool IsValidUtf8(std::string_view s);
/// `s` in double quotes, escaped as Go's strconv.Quote does.
std::string Quote(std::string_view s);

}  // namespace silverback

template <>
struct std::hash<silverback::LabelSet> {
  size_t operator()(const silverback::LabelSet& labels) const noexcept;
};
