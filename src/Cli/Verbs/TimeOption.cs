using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;
using Postfleet.Core.Units;

namespace Postfleet.Cli.Verbs;

/// <summary>Options with a duration from now or a time.</summary>
internal static class TimeOption
{
    /// <summary>The time in the form of the API.</summary>
    /// <param name="name">The option.</param>
    /// <param name="text">Its value.</param>
    /// <param name="isPast">Whether a duration is counted back from now.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="VerbException">The text is neither a duration nor a time.</exception>
    public static string Read(string name, string text, bool isPast, TimeProvider time)
    {
        if (Durations.TryParse(text, out var duration)) return Ages.Utc(time.GetUtcNow() + (isPast ? -duration : duration));
        return Ages.Read(text) is { } moment
            ? Ages.Utc(moment)
            : throw Wrong(name, text);
    }

    /// <summary>The error of a text that is neither a duration nor a time.</summary>
    public static VerbException Wrong(string name, string text) => new(
        ExitCode.WrongUse, $"{name} is '{text}'; allowed: a duration such as 30m, 2h or 5d, or a time such as 2026-11-29T18:00:00Z");
}
