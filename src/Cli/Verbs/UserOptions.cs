using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The options for what a user may do, and the requests that are made of them.</summary>
internal sealed class UserOptions
{
    private static readonly (string Word, string Member)[] Clearable =
    [
        ("address", "addresses"), ("stream", "streams"), ("max-rate", "maxRate"), ("max-recipients", "maxRecipients"),
        ("max-new-recipients", "maxNewRecipients"), ("scram-sha-1", "scramSha1"), ("cram-md5", "cramMd5"), ("password", "password"),
    ];

    private readonly Option<string[]> _address = new("--address")
    {
        HelpName = "PATTERN",
        Description = "Where the user may send from: an address, '*@example.org' or '*'; may be given several times",
    };

    private readonly Option<string[]> _stream = new("--stream")
    {
        HelpName = "STREAM",
        Description = "A stream that the user may send in, the first is the default; may be given several times",
    };

    private readonly (Option<string?> Option, string Member)[] _limits =
    [
        (Text("--max-rate", "RATE", "The most recipients in a time, as 10/s or 1000/h"), "maxRate"),
        (Text("--max-recipients", "N/d", "The most recipients in a day, as 5000/d"), "maxRecipients"),
        (Text("--max-new-recipients", "N/d", "The most recipients in a day to whom the user has never sent before"), "maxNewRecipients"),
    ];

    private readonly Option<string[]> _clear = new("--clear")
    {
        HelpName = "WHAT",
        Description = $"What to remove: {string.Join(", ", Clearable.Select(each => each.Word))}; may be given several times",
    };

    public UserOptions() => _clear.CompletionSources.Add([.. Clearable.Select(each => each.Word)]);

    /// <summary>The options.</summary>
    /// <param name="clears">Whether values can be removed.</param>
    public IEnumerable<Symbol> Symbols(bool clears) =>
        [_address, _stream, .. _limits.Select(limit => limit.Option), .. clears ? [_clear] : Array.Empty<Symbol>()];

    /// <summary>The request that leaves a user as the API shows the user. Secrets are not in it and stay.</summary>
    public static JsonObject Unchanged(JsonElement user)
    {
        var body = new JsonObject();
        string[] members = ["addresses", "streams", "maxRate", "maxRecipients", "maxNewRecipients", "disabled"];
        foreach (var member in members)
            if (user.Get(member) is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } value)
                body[member] = JsonNode.Parse(value.GetRawText());
        return body;
    }

    /// <summary>Writes the given options into a request.</summary>
    /// <returns>Whether any is given.</returns>
    /// <exception cref="VerbException">A value is empty or not allowed.</exception>
    public bool Apply(ParseResult parsed, JsonObject body)
    {
        var isGiven = false;
        foreach (var word in parsed.GetValue(_clear) ?? [])
        {
            var member = Array.Find(Clearable, each => each.Word == word).Member ?? throw new VerbException(
                ExitCode.WrongUse, $"--clear is '{word}'; allowed: {string.Join(", ", Clearable.Select(each => each.Word))}");
            if (member is "scramSha1" or "cramMd5") body[member] = false;
            else if (member == "password") body[member] = null;
            else body.Remove(member);
            isGiven = true;
        }

        foreach (var (option, member) in _limits)
        {
            if (parsed.GetValue(option) is not { } text) continue;
            body[member] = Filled(option.Name, text);
            isGiven = true;
        }

        return List(_address, "addresses") | List(_stream, "streams") | isGiven;

        bool List(Option<string[]> option, string member)
        {
            if (parsed.GetValue(option) is not { Length: > 0 } texts) return false;
            body[member] = new JsonArray([.. texts.Select(text => (JsonNode)Filled(option.Name, text))]);
            return true;
        }
    }

    // An empty value comes from an unset variable of a shell, and would remove a limit.
    private static string Filled(string name, string text) =>
        text.Length > 0 ? text : throw new VerbException(ExitCode.WrongUse, $"{name} is ''; allowed: a value, or --clear to remove it");

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
