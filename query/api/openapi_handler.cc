// /api/v1/openapi.yaml: the table of routes as an OpenAPI document.
#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string>
#include <vector>

#include "query/api/handlers.h"
#include "query/api/routes.h"

namespace silverback {
namespace {

constexpr std::string_view kPrefix = "/api/v1";

constexpr std::string_view kComponents = R"(components:
  schemas:
    Success:
      type: object
      required: [status]
      properties:
        status: {type: string, enum: [success]}
        data: {}
        warnings: {type: array, items: {type: string}}
        infos: {type: array, items: {type: string}}
    Error:
      type: object
      required: [status, errorType, error]
      properties:
        status: {type: string, enum: [error]}
        errorType: {type: string}
        error: {type: string}
)";

/// A name of `Route::parameters`: "match[]", or "query!" where the request makes no sense without it.
struct Parameter {
  std::string_view name;
  bool required = false;
  bool list() const { return name.ends_with("[]"); }
  std::string_view schema() const {
    return list() ? "{type: array, items: {type: string}}" : "{type: string}";
  }
};

std::vector<Parameter> ParametersOf(const Route& route) {
  std::vector<Parameter> parameters;
  std::string_view rest = route.parameters;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    Parameter parameter{rest.substr(0, end)};
    parameter.required = parameter.name.ends_with('!');
    if (parameter.required) parameter.name.remove_suffix(1);
    parameters.push_back(parameter);
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return parameters;
}

/// "query_range", and for other methods than the first "query_range-post".
std::string OperationId(std::string_view path, std::string_view method, bool first) {
  std::string id;
  for (const char c : path.substr(1)) {
    if (c != '{' && c != '}') id.push_back(c == '/' ? '-' : c);
  }
  return first ? id : fmt::format("{}-{}", id, method);
}

class Document {
 public:
  explicit Document(std::string_view version) : version_(version) {}

  void Head(const ApiContext& context) {
    std::string_view base = context.options.external_url;
    while (base.ends_with('/')) base.remove_suffix(1);
    Line(0, "openapi: {}", version_);
    Line(0, "info:");
    Line(1, "title: Silverback");
    Line(1, "description: The HTTP API of Prometheus, answered by Silverback.");
    Line(1, "version: {}", context.options.version);
    Line(0, "servers:");
    Line(1, "- url: {}{}", base, kPrefix);
    Line(0, "paths:");
  }

  void Path(const Route& route) {
    if (!route.pattern.starts_with(kPrefix)) return;
    const std::string_view path = route.pattern.substr(kPrefix.size());
    Line(1, "{}:", path);
    bool first = true;
    std::string_view rest = route.methods;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(' '), rest.size());
      Operation(route, path, rest.substr(0, end), first);
      first = false;
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
  }

  std::string Finish() {
    text_ += kComponents;
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void Line(size_t depth, fmt::format_string<Args...> format, Args&&... args) {
    text_.append(2 * depth, ' ');
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_.push_back('\n');
  }

  void Operation(const Route& route, std::string_view path, std::string_view upper, bool first) {
    std::string method(upper);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Line(2, "{}:", method);
    Line(3, "operationId: {}", OperationId(path, method, first));
    Line(3, "summary: {}", route.summary);
    const std::vector<Parameter> parameters = ParametersOf(route);
    const bool in_path = path.find("{name}") != path.npos;
    const bool in_query = method == "get" && !parameters.empty();
    if (in_path || in_query) Line(3, "parameters:");
    if (in_path) QueryParameter({"name", true}, "path");
    for (const Parameter& parameter : parameters) {
      if (in_query) QueryParameter(parameter, "query");
    }
    if (method != "get" && !parameters.empty()) Form(parameters);
    Line(3, "responses:");
    Line(4,
         "\"200\": {{description: Success, content: {{application/json: {{schema: {{$ref: "
         "'#/components/schemas/Success'}}}}}}}}");
    Line(4,
         "default: {{description: Error, content: {{application/json: {{schema: {{$ref: "
         "'#/components/schemas/Error'}}}}}}}}");
  }

  void QueryParameter(const Parameter& parameter, std::string_view place) {
    Line(4, "- name: {}", Quoted(parameter.name));
    Line(5, "in: {}", place);
    Line(5, "required: {}", parameter.required);
    Line(5, "schema: {}", parameter.schema());
  }

  void Form(const std::vector<Parameter>& parameters) {
    Line(3, "requestBody:");
    Line(4, "content:");
    Line(5, "application/x-www-form-urlencoded:");
    Line(6, "schema:");
    Line(7, "type: object");
    Line(7, "properties:");
    for (const Parameter& parameter : parameters) {
      Line(8, "{}: {}", Quoted(parameter.name), parameter.schema());
    }
  }

  static std::string Quoted(std::string_view name) { return fmt::format("'{}'", name); }

  std::string_view version_;
  std::string text_;
};

}  // namespace

ApiResponse HandleOpenApi(ApiContext& context, const ApiRequest& request) {
  const std::string_view wanted = request.parameters.First("openapi_version");
  const bool newer = wanted == "3.2" || wanted == "3.2.0";
  Document document(newer ? "3.2.0" : "3.1.0");
  document.Head(context);
  for (const Route& route : Routes()) {
    // An event stream is beyond what 3.1 can describe.
    if (newer || !route.pattern.ends_with("/live")) document.Path(route);
  }
  // Served by the receiver, before the table of routes.
  document.Path(
      {"POST", "/api/v1/write", nullptr, "Take samples by remote_write, 1.0 or 2.0.", ""});
  ApiResponse response = PlainText(200, document.Finish());
  response.content_type = "application/yaml; charset=utf-8";
  response.headers.emplace_back("Cache-Control", "no-cache, no-store, must-revalidate");
  return response;
}

}  // namespace silverback
