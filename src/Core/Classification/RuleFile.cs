using System.Text.Json;

namespace Postfleet.Core.Classification;

/// <summary>A fault in a file of rules.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Text">The fault, with the value and what is allowed.</param>
public sealed record RuleFault(int Line, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"line {Line}: {Text}";
}

/// <summary>
/// A file of rules: a JSON object with the list <c>rules</c>, with comments and trailing commas. Reading has no effects; all faults are
/// found at once, but for those of the JSON syntax, of which the first ends the reading.
/// </summary>
/// <param name="Rules">The rules without faults, in their order.</param>
/// <param name="Faults">The faults; a file with any must not be used.</param>
public sealed record RuleFile(IReadOnlyList<BounceRule> Rules, IReadOnlyList<RuleFault> Faults)
{
    /// <summary>The maximum size of a file in octets.</summary>
    public const int MaxLength = 1_000_000;

    /// <summary>The maximum number of rules of a file.</summary>
    public const int MaxRules = 2000;

    private const string Form = "{ \"rules\": [ { \"id\": ..., \"class\": ..., \"sample\": ... } ] }";
    private const int MaxDepth = 8;

    private static readonly Dictionary<string, IReadOnlyList<string>> NoProviders = [];

    /// <summary>Reads a file.</summary>
    /// <param name="content">Its octets, in UTF-8.</param>
    /// <param name="providers">
    /// Further names that <c>provider</c> may have, with the names and suffixes of their mail hosts. They precede those of
    /// <see cref="MailProviders"/>.
    /// </param>
    public static RuleFile Read(
        ReadOnlyMemory<byte> content, IReadOnlyDictionary<string, IReadOnlyList<string>>? providers = null)
    {
        var (rules, faults) = (new List<BounceRule>(), new List<RuleFault>());
        if (content.Length > MaxLength)
        {
            faults.Add(new RuleFault(1, $"the file has more than {MaxLength} octets; allowed: at most {MaxLength}"));
            return new RuleFile(rules, faults);
        }

        try
        {
            foreach (var draft in ReadDrafts(WithoutMark(content.Span), faults))
            {
                if (draft.ToRule(faults, providers ?? NoProviders) is not { } rule) continue;
                if (rules.Find(other => other.Id == rule.Id) is { } same)
                    faults.Add(
                        new RuleFault(rule.Line, $"id is '{rule.Id}', as in line {same.Line}; allowed: an id of its own for each rule"));
                rules.Add(rule);
            }
        }
        catch (JsonException fault)
        {
            // The place follows in the message as well, counted from 0.
            var reason = fault.Message.Split(" LineNumber:")[0].TrimEnd('.').ReplaceLineEndings(" ");
            faults.Add(new RuleFault((int)(fault.LineNumber ?? 0) + 1, $"{reason}; allowed: JSON, with comments and trailing commas"));
        }

        return new RuleFile(rules, faults);
    }

    private static List<RuleDraft> ReadDrafts(ReadOnlySpan<byte> content, List<RuleFault> faults)
    {
        var drafts = new List<RuleDraft>();
        var lines = new LineCounter(content);
        var reader = new Utf8JsonReader(content, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = MaxDepth,
        });
        reader.Read();
        var isForm = reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName
            && reader.ValueTextEquals("rules") && reader.Read() && reader.TokenType == JsonTokenType.StartArray;
        while (isForm && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            isForm = reader.TokenType == JsonTokenType.StartObject;
            if (!isForm) break;
            var draft = new RuleDraft(lines.LineOf(reader.TokenStartIndex));
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var line = lines.LineOf(reader.TokenStartIndex);
                var name = TextOf(ref reader);
                reader.Read();
                draft.Set(name, JsonElement.ParseValue(ref reader), line, faults);
            }

            drafts.Add(draft);
            if (drafts.Count <= MaxRules) continue;
            faults.Add(new RuleFault(draft.Line, $"the file has more than {MaxRules} rules; allowed: at most {MaxRules}"));
            return [];
        }

        if (!isForm || !reader.Read() || reader.TokenType != JsonTokenType.EndObject)
            faults.Add(new RuleFault(lines.LineOf(reader.TokenStartIndex), $"the file has another form; allowed: {Form}"));
        // Throws if anything follows the object.
        else reader.Read();
        return drafts;
    }

    // A name that is no UTF-8 is unknown like any other.
    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) =>
        content.StartsWith("\uFEFF"u8) ? content[3..] : content;

    // Counts forward from the last place, so that a file is read once.
    private ref struct LineCounter(ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _content = content;
        private int _at;
        private int _line = 1;

        public int LineOf(long index)
        {
            var end = (int)Math.Clamp(index, _at, _content.Length);
            _line += _content[_at..end].Count((byte)'\n');
            _at = end;
            return _line;
        }
    }
}
