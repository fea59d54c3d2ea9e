using System.Globalization;
using Postfleet.Core.Queueing;

namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>
/// The events of a run, to be read by a person: the lines about a message, and all lines about the cluster.
/// </summary>
internal sealed class Trace(Scheduler scheduler)
{
    private readonly List<(long Step, TimeSpan At, string Text, MessageId? About)> _lines = [];

    public void Add(string text) => _lines.Add((scheduler.Steps, scheduler.Elapsed, text, null));

    public void Add(MessageId about, string text) => _lines.Add((scheduler.Steps, scheduler.Elapsed, $"{Name(about)} {text}", about));

    /// <summary>A message's name in a trace: the number at its end.</summary>
    public static string Name(MessageId message) => $"m{message.Low}";

    public IEnumerable<string> LinesAbout(MessageId? message) => _lines
        .Where(line => line.About is null || message is null || line.About == message)
        .Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.At.TotalSeconds,10:F3}s  step {line.Step,6}  {line.Text}"));
}
