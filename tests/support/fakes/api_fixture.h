// Asks the handlers and gives back their text.
#pragma once

#include <string>
#include <string_view>

#include "query/api/routes.h"
#include "tests/support/fakes/fake_database.h"
#include "tests/support/fakes/fake_engine.h"

namespace silverback::testing {

struct Answered {
  int status = 0;
  std::string content_type;
  std::string body;
  std::string allow;
};

/// A context over fakes. Four series: m{code="200"}, m{code="404"}, m2{code="500"} and one with UTF-8 names.
class ApiFixture {
 public:
  ApiFixture() {
    database.Add({{"__name__", "m"}, {"code", "200"}}, {{1000, 1}});
    database.Add({{"__name__", "m"}, {"code", "404"}}, {{1000, 1}, {90000, 1}});
    database.Add({{"__name__", "m2"}, {"code", "500"}}, {{2000, 1}});
    database.Add({{"__name__", "http.server.duration"}, {"service.name", "x"}}, {{2000, 1}});
    context.database = &database;
    context.engine = &engine;
    context.options.clock = [] { return TimestampMs{123456}; };
    context.options.flags = {{"web.listen-address", "127.0.0.1:1"}, {"a", "<b>"}};
    context.options.revision = "0.1.0";
    context.options.started_ms = 1786104000000;
  }

  Answered Ask(std::string method, std::string_view target) {
    ApiRequest request;
    request.method = std::move(method);
    request.path = target.substr(0, target.find('?'));
    if (const size_t question = target.find('?'); question != std::string_view::npos) {
      request.parameters.AddEncoded(target.substr(question + 1));
    }
    const ApiResponse response = Dispatch(context, std::move(request));
    StringSink sink;
    if (response.body) response.body(sink);
    Answered answered{response.status, response.content_type, sink.text(), ""};
    for (const auto& [name, value] : response.headers) {
      if (name == "Allow") answered.allow = value;
    }
    return answered;
  }
  std::string Get(std::string_view target) { return Ask("GET", target).body; }

  FakeDatabase database;
  FakeEngine engine;
  ApiContext context;
};

}  // namespace silverback::testing
