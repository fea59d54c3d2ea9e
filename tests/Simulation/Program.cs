using System.Diagnostics;
using System.Globalization;
using Postfleet.Simulation.Tests;
using Postfleet.Simulation.Tests.Machinery;

// postfleet-simulation SECONDS [FIRST-SEED]: runs fresh seeds for so long. bench/simulate.sh calls it.
if (args is ["mutations", ..])
{
    var most = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2000;
    foreach (var rule in Enum.GetValues<BrokenRule>()
        .Where(rule => rule != BrokenRule.None && (args.Length < 3 || args.Contains(rule.ToString()))))
    {
        var first = MutationTests.FindFirst(rule, most);
        Console.WriteLine(first is null ? $"{rule}: NOT SEEN in {most} runs"
            : $"{rule}: seen in run {first.Plan.Seed + 1}: {first.Failure!.Message[..Math.Min(first.Failure.Message.Length, 150)]}");
    }

    return 0;
}

if (args is ["explain", ..])
{
    var rule = Enum.Parse<BrokenRule>(args[1]);
    Console.WriteLine(MutationTests.FindFirst(rule, 5000) is { } found ? Shrinker.Explain(found.Plan) : "nothing is seen");
    return 0;
}

var seconds = double.Parse(args.ElementAtOrDefault(0) ?? "10", CultureInfo.InvariantCulture);
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
var time = Stopwatch.StartNew();
var (steps, runs, failures, parts, duplicates) = (0L, 0, 0, 0L, 0L);
var rules = new Dictionary<string, int>();
while (time.Elapsed.TotalSeconds < seconds)
{
    var outcome = Simulator.Run(new Plan(seed, Sizes.Of(seed)));
    seed = unchecked(seed + 1) & int.MaxValue;
    runs++;
    steps += outcome.Steps;
    parts += outcome.Parts;
    duplicates += outcome.Duplicates;
    if (outcome.Failure is null) continue;
    failures++;
    rules[outcome.Failure.Rule] = rules.GetValueOrDefault(outcome.Failure.Rule) + 1;
    if (rules[outcome.Failure.Rule] <= 3) Console.WriteLine(Shrinker.Explain(outcome.Plan));
}

foreach (var (rule, count) in rules) Console.WriteLine($"{rule}: {count}");
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{runs} runs, {steps} steps, {steps / time.Elapsed.TotalSeconds:F0} steps/s, {parts} parts, {duplicates} duplicates that could not be helped, {failures} failures"));
return failures == 0 ? 0 : 1;
