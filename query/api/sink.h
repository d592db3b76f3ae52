// Where an answer's bytes go.
#pragma once

#include <string>
#include <string_view>

namespace silverback {

/// Takes the body of an answer piece by piece. Not thread-safe.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes `bytes`, which need not live longer than the call. False once the reader has gone: the writer should stop.
  virtual bool Write(std::string_view bytes) = 0;

  /// Passes on what is held back, for answers that show progress.
  virtual bool Flush() { return true; }
};

/// A sink into a string.
class StringSink : public Sink {
 public:
  bool Write(std::string_view bytes) override {
    text_.append(bytes);
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace silverback
