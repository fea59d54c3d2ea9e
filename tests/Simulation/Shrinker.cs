using System.Text;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests;

/// <summary>
/// Makes a failing run shorter: leaves out single faults and messages as long as the same promise is broken.
/// </summary>
internal static class Shrinker
{
    // A run takes milliseconds: some hundreds are cheap.
    private const int MaxRuns = 400;
    private const int MaxLines = 120;

    /// <summary>Returns the shortest failing plan found.</summary>
    public static Outcome Shrink(Plan plan)
    {
        var shortest = Simulator.Run(plan);
        if (shortest.Failure is not { Rule: var rule }) return shortest;
        var runs = 0;
        for (var isShorter = true; isShorter && runs < MaxRuns;)
        {
            isShorter = false;
            foreach (var shorter in Shorter(shortest.Plan).TakeWhile(_ => runs < MaxRuns))
            {
                runs++;
                var outcome = Simulator.Run(shorter);
                if (outcome.Failure?.Rule != rule) continue;
                (shortest, isShorter) = (outcome, true);
                break;
            }
        }

        return shortest;
    }

    /// <summary>A report of a failing plan: the broken promise, how to run the plan again, and the steps about the message.</summary>
    public static string Explain(Plan plan)
    {
        var outcome = Simulator.Run(Shrink(plan).Plan with { IsTraced = true });
        if (outcome.Failure is not { } failure) return $"seed {plan.Seed}: nothing is broken";
        var lines = outcome.Trace!.LinesAbout(failure.About).ToList();
        var text = new StringBuilder();
        text.AppendLine($"seed {plan.Seed}, size {plan.Size}: {failure.Message}");
        if (failure.About is { } about) text.AppendLine($"about {Trace.Name(about)}, at step {outcome.Steps}");
        text.AppendLine($"faults left: {string.Join(", ", outcome.Plan.Faults().Where(fault => !outcome.Plan.WithoutFaults.Contains(fault.Id)).Select(fault => $"{fault.Id} {fault.Kind}"))}");
        text.AppendLine($"messages left: {outcome.Plan.Size - outcome.Plan.WithoutMessages.Count} of {outcome.Plan.Size}");
        if (lines.Count > MaxLines) text.AppendLine($"({lines.Count - MaxLines} lines before)");
        foreach (var line in lines.TakeLast(MaxLines)) text.AppendLine(line);
        return text.ToString();
    }

    private static IEnumerable<Plan> Shorter(Plan plan)
    {
        var messages = Enumerable.Range(0, plan.Size).Where(number => !plan.WithoutMessages.Contains(number)).ToArray();
        for (var count = messages.Length / 2; count >= 1; count /= 2)
            foreach (var chunk in messages.Chunk(count))
                yield return plan with { WithoutMessages = plan.WithoutMessages.Union(chunk).ToHashSet() };
        foreach (var fault in plan.Faults().Where(fault => !plan.WithoutFaults.Contains(fault.Id)))
            yield return plan with { WithoutFaults = plan.WithoutFaults.Append(fault.Id).ToHashSet() };
    }
}
