#include "tools/commands/command.h"

int main(int argc, char** argv) {
  return silverback::RunCommandLine(argc, argv);
}
