using System.CommandLine;
using System.Text.Json.Nodes;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;
using Postfleet.Core.Units;

namespace Postfleet.Cli.Verbs;

/// <summary>The options of <c>send</c> about the time in which a message is to be delivered (RFC 2852).</summary>
internal sealed class DeliverByOptions
{
    private readonly Option<string?> _by = new("--deliver-by")
    {
        HelpName = "TIME",
        Description = "When the message is to be delivered: a duration from now such as 2h, or a time; needs --when-late",
    };

    private readonly Option<string?> _late = new("--when-late")
    {
        HelpName = "MODE",
        Description = "After --deliver-by: return the message to its sender, or notify the sender and go on",
    };

    private readonly Option<bool> _trace =
        new("--trace") { Description = "With --deliver-by: report each relay to another host to the sender" };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Symbols => [_by, _late, _trace];

    /// <summary>The member <c>deliverBy</c> of the request; null without these options.</summary>
    /// <exception cref="VerbException">An option is missing or has another value.</exception>
    public JsonObject? Read(ParseResult parsed)
    {
        var (by, late, isTraced) = (parsed.GetValue(_by), parsed.GetValue(_late), parsed.GetValue(_trace));
        if (by is null && late is null && !isTraced) return null;
        if (by is null) throw new VerbException(ExitCode.WrongUse, "--when-late and --trace need --deliver-by");
        if (late is not ("return" or "notify"))
            throw new VerbException(ExitCode.WrongUse, $"--when-late is '{late}'; allowed: return or notify, with --deliver-by");
        var body = new JsonObject { ["mode"] = late };
        // A duration stays one, so that a repetition has the same body.
        if (Durations.TryParse(by, out var duration)) body["seconds"] = (long)duration.TotalSeconds;
        else if (Ages.Read(by) is { } moment) body["time"] = Ages.Utc(moment);
        else throw TimeOption.Wrong("--deliver-by", by);
        if (isTraced) body["trace"] = true;
        return body;
    }
}
