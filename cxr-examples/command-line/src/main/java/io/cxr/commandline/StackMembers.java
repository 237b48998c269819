package io.cxr.commandline;

import io.cxr.train.StackingRecipe;
import io.cxr.train.StackingReport;
import io.cxr.train.TrainingRecipe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The members of a stack as they are named on the command line: {@code NAME:OPTION=VALUE:OPTION},
 * where the options are those of {@code cxr train} without their hyphens. What the command itself
 * was given holds for all members that do not say otherwise.
 */
final class StackMembers {
  static final String SYNTAX =
      "NAME[:OPTION[=VALUE]]...: an architecture, with options of train that it alone has, such as"
          + " resnet50:weights=FILE.h5:size=320.";

  /** A colon of a Windows path is followed by no option. */
  private static final String BETWEEN = ":(?=[a-z][a-z0-9-]*(?:=|:|$))";

  private StackMembers() {}

  /** Reads what {@code cxr train} would be given. */
  @Command(name = "member")
  private static final class Member {
    @Mixin private TrainingOptions options;
  }

  /**
   * The recipes.
   *
   * @param given what the command was given
   * @param members one text a member
   * @throws IOException if a member's base cannot be read
   */
  static List<TrainingRecipe> recipes(ParseResult given, List<String> members) throws IOException {
    List<TrainingRecipe> recipes = new ArrayList<>();
    for (String member : members) {
      Member parsed = new Member();
      CommandLine line = new CommandLine(parsed).setOverwrittenOptionsAllowed(true);
      List<String> arguments = new ArrayList<>(shared(given, line));
      String[] parts = member.split(BETWEEN, -1);
      arguments.add("--architecture=" + parts[0]);
      for (int i = 1; i < parts.length; i++) {
        arguments.add("--" + parts[i]);
      }
      try {
        line.parseArgs(arguments.toArray(String[]::new));
        recipes.add(parsed.options.recipe());
      } catch (CommandLine.ParameterException | IllegalArgumentException e) {
        throw new IllegalArgumentException("Member " + member + ": " + e.getMessage(), e);
      }
    }
    return recipes;
  }

  /** What the command has in common with train. */
  private static List<String> shared(ParseResult given, CommandLine line) {
    List<String> arguments = new ArrayList<>();
    for (OptionSpec option : given.matchedOptions()) {
      String name = option.longestName();
      if (name.equals("--architecture")) {
        throw new IllegalArgumentException(
            "--architecture: expected the networks of a stack as its members, found this, too."
                + " Leave it out.");
      }
      if (line.getCommandSpec().findOption(name) == null) {
        continue;
      }
      if (option.arity().max() == 0) {
        arguments.add(name);
      } else {
        option.originalStringValues().forEach(value -> arguments.add(name + "=" + value));
      }
    }
    return arguments;
  }

  static StackingRecipe.Form form(String name) {
    return switch (name) {
      case "logits" -> StackingRecipe.Form.LOGITS;
      case "features" -> StackingRecipe.Form.FEATURES;
      default ->
          throw new IllegalArgumentException("--form: expected logits or features, found " + name);
    };
  }

  static Map<String, Object> json(StackingReport report) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", report.data());
    object.put("labels", report.labels());
    object.put("images", report.images());
    object.put("patientsApart", report.patientsApart());
    Map<String, Object> models = new LinkedHashMap<>();
    for (StackingReport.Model model : report.models()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      model.figures().forEach((name, interval) -> entry.put(name, Json.interval(interval)));
      entry.put("report", Json.report(model.report()));
      models.put(model.name(), entry);
    }
    object.put("models", models);
    object.put("best", report.best());
    Map<String, Object> differences = new LinkedHashMap<>();
    report
        .differences()
        .forEach((name, interval) -> differences.put(name, Json.interval(interval)));
    object.put("differences", differences);
    return object;
  }
}
