using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Classification;

/// <summary>A rule as its file has it: checks the values and makes the rule. Called by <see cref="RuleFile"/>.</summary>
/// <param name="line">The line where the rule begins.</param>
internal sealed class RuleDraft(int line)
{
    private const int MaxId = 64;
    private const int MaxText = 200;
    private const int MinText = 2;
    private const int MaxValues = 100;
    private const int FirstCode = 400;
    private const int LastCode = 599;

    private static readonly string[] Names =
        ["id", "class", "codes", "enhanced", "text", "match", "at", "sample", "source", "provider", "as", "do", "checked"];

    private static readonly string[] Required = ["id", "class", "sample"];

    private static readonly Dictionary<string, ReplyStage> StageNames = new(StringComparer.Ordinal)
    {
        ["mail"] = ReplyStage.Mail,
        ["recipient"] = ReplyStage.Recipient,
        ["data"] = ReplyStage.Data,
        ["content"] = ReplyStage.Content,
        ["end-of-data"] = ReplyStage.EndOfData,
        ["greeting"] = ReplyStage.Greeting,
        ["ehlo"] = ReplyStage.Hello,
    };

    private readonly Dictionary<string, (JsonElement Value, int Line)> _values = new(StringComparer.Ordinal);

    public int Line => line;

    /// <summary>Sets a property.</summary>
    public void Set(string name, JsonElement value, int at, List<RuleFault> faults)
    {
        if (!Names.Contains(name)) faults.Add(new RuleFault(at, $"unknown property '{name}'; allowed: {string.Join(", ", Names)}"));
        else if (!_values.TryAdd(name, (value, at))) faults.Add(new RuleFault(at, $"property '{name}' is there twice; allowed: once"));
    }

    /// <summary>The rule; null if it has faults, which are added.</summary>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="providers">Names of providers that precede those of <see cref="MailProviders"/>, with their mail hosts.</param>
    public BounceRule? ToRule(List<RuleFault> faults, IReadOnlyDictionary<string, IReadOnlyList<string>> providers)
    {
        var before = faults.Count;
        var id = Each("id", faults, "letters a to z, digits and hyphens, 64 at most", text => IsId(text) ? text : null, max: 1)
            .FirstOrDefault();
        var @class = Each("class", faults, string.Join(", ", BounceClass.All.Select(each => each.Name)), BounceClass.Find, max: 1)
            .FirstOrDefault();
        var codes = Each("codes", faults, "codes of 400 to 599, 4yz or 5yz", TryCodes).SelectMany(each => each).ToList();
        var statuses = Each("enhanced", faults, "enhanced codes such as 5.1.1, with x for any number", text =>
            StatusPattern.TryParse(text, out var pattern) ? (StatusPattern?)pattern : null).Select(pattern => pattern!.Value).ToList();
        var texts = Each("text", faults, $"texts of {MinText} to {MaxText} characters", text =>
            text.Length is >= MinText and <= MaxText ? text : null).ToList();
        var stages = Each("at", faults, string.Join(", ", StageNames.Keys), text =>
            StageNames.TryGetValue(text, out var stage) ? (ReplyStage?)stage : null).Select(stage => stage!.Value).ToList();
        var sampleStage = stages.FirstOrDefault();
        var samples = Each("sample", faults, "replies such as 421 4.7.0 text", text => ReplyText.TryParse(text, sampleStage)).ToList();
        var expression = Each(
            "match", faults, $"a regular expression of at most {MaxText} characters, without back references and look-around",
            TryExpression, max: 1).FirstOrDefault();
        var source = Each("source", faults, "a text", text => text).FirstOrDefault() ?? "";
        var hosts = Each(
            "provider", faults,
            $"suffixes of host names such as .example.net, {string.Join(", ", providers.Keys.Concat(MailProviders.Names).Distinct())}",
            text => Hosts(text, providers))
            .SelectMany(each => each).ToList();
        var isDeferred = Each("as", faults, "deferred", text => text == "deferred" ? text : null, max: 1).Count > 0;
        var day = Each("checked", faults, "a day such as 2026-11-29", TryDay, max: 1).FirstOrDefault();
        var reactions = Reactions(@class, faults);
        foreach (var name in Required.Where(name => !_values.ContainsKey(name)))
            faults.Add(new RuleFault(line, $"the rule has no '{name}'; allowed: a rule with id, class and sample"));
        if (codes.Count + statuses.Count + texts.Count == 0 && expression is null && faults.Count == before)
            faults.Add(new RuleFault(line, "the rule matches any reply; allowed: a rule with codes, enhanced, text or match"));
        if (isDeferred && codes.Count > 0 && codes.TrueForAll(code => code < 500))
            faults.Add(new RuleFault(_values["as"].Line, "as is 'deferred', and all codes are 4yz; allowed: a rule for 5yz codes"));
        if (faults.Count > before) return null;
        return new BounceRule
        {
            Id = id!,
            Class = @class!,
            Samples = samples!,
            Line = line,
            Codes = codes.Count > 0 ? codes.ToFrozenSet() : null,
            Statuses = statuses,
            Stages = stages,
            Texts = texts.Count > 0 ? SearchValues.Create([.. texts!], StringComparison.OrdinalIgnoreCase) : null,
            Expression = expression,
            Hosts = hosts,
            IsDeferred = isDeferred,
            Reactions = reactions,
            Source = source,
            Checked = day,
        };
    }

    // A reply about one recipient, or about one message, says nothing about the next one.
    private IReadOnlyList<ReplyReaction> Reactions(BounceClass? @class, List<RuleFault> faults)
    {
        if (!_values.TryGetValue("do", out var property)) return [];
        if (@class is { Scope: BounceScope.Recipient or BounceScope.Message or BounceScope.Domain })
        {
            faults.Add(new RuleFault(
                property.Line, $"do is there with class '{@class}', which is about one {Named(@class.Scope)}; "
                    + "allowed: do with a class about the source or the way to the host"));
        }

        return ReactionDraft.Read(property.Value, text => faults.Add(new RuleFault(property.Line, text)));
    }

    private static string Named(BounceScope scope) => scope switch
    {
        BounceScope.Recipient => "recipient",
        BounceScope.Domain => "domain",
        _ => "message",
    };

    // A name, or a suffix with a dot in front.
    private static IReadOnlyList<string>? Hosts(string text, IReadOnlyDictionary<string, IReadOnlyList<string>> providers) =>
        text.StartsWith('.')
        ? text.Length is > 1 and <= MaxText && !text.EndsWith('.') && !text.Any(char.IsWhiteSpace) ? [text] : null
        : providers.TryGetValue(text, out var own) ? own : MailProviders.Find(text);

    private static DateOnly? TryDay(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    // A property is one value or a list of values. Numbers are texts as they are written.
    private List<T> Each<T>(string name, List<RuleFault> faults, string allowed, Func<string, T?> read, int max = MaxValues)
    {
        var found = new List<T>();
        if (!_values.TryGetValue(name, out var property)) return found;
        JsonElement[] values = property.Value.ValueKind == JsonValueKind.Array ? [.. property.Value.EnumerateArray()] : [property.Value];
        if (values.Length == 0 || values.Length > max)
            faults.Add(new RuleFault(property.Line, $"{name} has {values.Length} values; allowed: 1 to {max}, {allowed}"));
        foreach (var value in values.Take(max))
        {
            var text = RuleValues.TextOf(value);
            if (text is not null && read(text) is { } each) found.Add(each);
            else faults.Add(new RuleFault(property.Line, $"{name} is '{RuleValues.Shown(text, value.ValueKind)}'; allowed: {allowed}"));
        }

        return found;
    }

    // Without backtracking the time of a match is linear in the text of the peer.
    private static Regex? TryExpression(string text)
    {
        const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
        try
        {
            return text.Length is 0 or > MaxText ? null : new Regex(text, Options);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static int[]? TryCodes(string text)
    {
        if (text is "4yz" or "5yz") return [.. Enumerable.Range(100 * (text[0] - '0'), 100)];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= FirstCode and <= LastCode
            ? [code] : null;
    }

    private static bool IsId(string text) =>
        text.Length is > 0 and <= MaxId && text.All(character => character is '-' or (>= 'a' and <= 'z') or (>= '0' and <= '9'));
}
