using System.Globalization;
using System.Text.Json;
using Postfleet.Core.Units;

namespace Postfleet.Core.Classification;

/// <summary>Reads the objects of <c>do</c> in a rule. Called for each rule.</summary>
internal static class ReactionDraft
{
    private const int Most = 8;
    private const int MaxEvents = 1000;
    private const int MaxConnections = 1000;

    private static readonly string[] Names = ["slow", "floor", "hold", "recover", "pause", "max", "what", "after"];

    private static readonly string[] OfSlow = ["slow", "floor", "hold", "recover", "what", "after"];

    private static readonly string[] OfPause = ["pause", "max", "hold", "what", "after"];

    private static readonly Rate LeastRate = Rate.TryParse("1/m", out var rate) ? rate : default;

    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan MostTime = TimeSpan.FromDays(7);

    private static readonly Dictionary<string, ReactionTarget> Targets = new(StringComparer.Ordinal)
    {
        ["destination"] = ReactionTarget.Destination,
        ["hostset"] = ReactionTarget.HostSet,
        ["source"] = ReactionTarget.Source,
        ["stream"] = ReactionTarget.Stream,
    };

    /// <summary>The reactions of a list of objects, or of one object.</summary>
    /// <param name="value">The value of <c>do</c>.</param>
    /// <param name="fault">Gets the text of each fault.</param>
    public static IReadOnlyList<ReplyReaction> Read(JsonElement value, Action<string> fault)
    {
        JsonElement[] all = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        if (all.Length is 0 or > Most) fault($"do has {all.Length} reactions; allowed: 1 to {Most}");
        var read = new List<ReplyReaction>();
        foreach (var each in all.Take(Most)) if (ReadOne(each, fault) is { } reaction) read.Add(reaction);
        return read;
    }

    private static ReplyReaction? ReadOne(JsonElement value, Action<string> fault)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            fault($"do has {value.ValueKind}; allowed: objects such as {{ \"slow\": 0.5 }} and {{ \"pause\": \"2h\" }}");
            return null;
        }

        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (!Names.Contains(property.Name)) fault($"do has '{property.Name}'; allowed: {string.Join(", ", Names)}");
            else if (!found.TryAdd(property.Name, property.Value)) fault($"do has '{property.Name}' twice; allowed: once");
        }

        if (found.ContainsKey("slow") == found.ContainsKey("pause"))
        {
            fault("do has a reaction with both or none of slow and pause; allowed: one of them");
            return null;
        }

        var isSlow = found.ContainsKey("slow");
        foreach (var name in found.Keys.Except(isSlow ? OfSlow : OfPause))
            fault($"do has '{name}' beside {(isSlow ? "slow" : "pause")}; allowed: {string.Join(", ", isSlow ? OfSlow : OfPause)}");
        var (after, within) = Events(found, fault);
        var (floor, connections) = isSlow ? Floor(found, fault) : default;
        return new ReplyReaction
        {
            Slow = isSlow ? Factor(found["slow"], fault) : null,
            Floor = floor,
            LeastConnections = connections,
            Hold = Time("hold", ReplyReaction.DefaultHold, found, fault),
            Recover = Time("recover", ReplyReaction.DefaultRecover, found, fault),
            Pause = Time("pause", TimeSpan.Zero, found, fault),
            Max = Time("max", ReplyReaction.DefaultMax, found, fault),
            What = Target(found, connections is not null, fault),
            After = after,
            Within = within,
        };
    }

    private static double? Factor(JsonElement value, Action<string> fault)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var factor) && factor is >= 0.01 and <= 0.95) return factor;
        fault($"slow is '{Shown(value)}'; allowed: a factor of 0.01 to 0.95");
        return null;
    }

    // A number means connections, a text a rate.
    private static (Rate, int?) Floor(Dictionary<string, JsonElement> found, Action<string> fault)
    {
        if (!found.TryGetValue("floor", out var value)) return (LeastRate, null);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var least) && least is >= 1 and <= MaxConnections)
            return (Rate.None, least);
        if (value.ValueKind == JsonValueKind.String && Rate.TryParse(Text(value), out var rate) && !rate.IsNone) return (rate, null);
        fault($"floor is '{Shown(value)}'; allowed: a rate such as 1/m, or a number of 1 to {MaxConnections} connections");
        return default;
    }

    private static TimeSpan Time(
        string name, TimeSpan otherwise, Dictionary<string, JsonElement> found, Action<string> fault)
    {
        if (!found.TryGetValue(name, out var value)) return otherwise;
        if (Durations.TryParse(Text(value), out var time) && time >= LeastTime && time <= MostTime) return time;
        fault($"{name} is '{Shown(value)}'; allowed: {Durations.Format(LeastTime)} to {Durations.Format(MostTime)}");
        return otherwise;
    }

    private static ReactionTarget Target(Dictionary<string, JsonElement> found, bool isOfConnections, Action<string> fault)
    {
        if (!found.TryGetValue("what", out var value)) return ReactionTarget.Destination;
        if (Text(value) is { } text && Targets.TryGetValue(text, out var target) && !(isOfConnections && target == ReactionTarget.Stream))
            return target;
        fault(
            $"what is '{Shown(value)}'; allowed: {string.Join(", ", Targets.Keys)}"
                + (isOfConnections ? "; stream only for a pause or a rate" : ""));
        return ReactionTarget.Destination;
    }

    // As 5/10m: five events in ten minutes.
    private static (int After, TimeSpan Within) Events(Dictionary<string, JsonElement> found, Action<string> fault)
    {
        if (!found.TryGetValue("after", out var value)) return (1, TimeSpan.Zero);
        if (Text(value)?.Split('/') is [var count, var time]
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var events) && events is >= 2 and <= MaxEvents
            && Durations.TryParse(time, out var within) && within >= LeastTime && within <= MostTime)
        {
            return (events, within);
        }

        fault($"after is '{Shown(value)}'; allowed: 2 to {MaxEvents} events in a time, such as 5/10m");
        return (1, TimeSpan.Zero);
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? RuleValues.TextOf(value) : null;

    private static string Shown(JsonElement value) => RuleValues.Shown(RuleValues.TextOf(value), value.ValueKind);
}
