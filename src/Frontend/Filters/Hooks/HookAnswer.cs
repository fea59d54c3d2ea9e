using System.Text;
using System.Text.Json;
using Postfleet.Frontend.Filters.Protocol;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>What a hook decides.</summary>
/// <param name="Decision">The decision: continue, discard, refuse or defer.</param>
/// <param name="Reply">The lines of the reply that the hook gives; null for the usual reply.</param>
/// <param name="IsQuarantined">Whether the message is quarantined.</param>
internal readonly record struct HookAnswer(MilterDecision Decision, IReadOnlyList<string>? Reply, bool IsQuarantined)
{
    /// <summary>The mail is accepted.</summary>
    public static HookAnswer Accepted { get; } = new(MilterDecision.Continue, null, false);

    // Deeper objects are no answer of a hook.
    private const int MaxDepth = 16;

    private const int MaxWord = 40;

    /// <summary>Reads an answer. Unknown properties are skipped, unknown actions and changes are faults.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="changes">Receives the changes of the message; null where it may not be changed.</param>
    /// <exception cref="FilterException">The answer is malformed.</exception>
    public static HookAnswer Read(ReadOnlySpan<byte> json, FilterChanges? changes)
    {
        try
        {
            return ReadObject(json, changes);
        }
        // JSON that is malformed, text that is no UTF-8, a number that is none, and a value of another kind.
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw FilterException.Malformed("its answer is no JSON object of an answer");
        }
    }

    private static HookAnswer ReadObject(ReadOnlySpan<byte> json, FilterChanges? changes)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw FilterException.Malformed("its answer is no JSON object");
        string? action = null;
        var given = new GivenReply();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("action"u8))
            {
                reader.Read();
                action = HookText.Read(ref reader, MaxWord);
            }
            else if (reader.ValueTextEquals("response"u8))
            {
                reader.Read();
                given = ReadReply(ref reader);
            }
            else if (reader.ValueTextEquals("modifications"u8))
            {
                reader.Read();
                HookChanges.Read(ref reader, changes);
            }
            else
            {
                reader.Skip();
            }
        }

        // The reader finds faults behind the object.
        while (reader.Read()) continue;
        return action switch
        {
            "accept" => Accepted,
            "discard" => new(MilterDecision.Discard, null, false),
            "quarantine" => new(MilterDecision.Continue, null, true),
            "reject" => Refusal(given),
            null => throw FilterException.Malformed("its answer has no action"),
            _ => throw FilterException.Malformed("its answer has an unknown action"),
        };
    }

    private static GivenReply ReadReply(ref Utf8JsonReader reader)
    {
        var given = new GivenReply();
        if (reader.TokenType == JsonTokenType.Null) return given;
        if (reader.TokenType != JsonTokenType.StartObject) throw FilterException.Malformed("its response is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Null) given = given with { Status = reader.GetInt32() };
            }
            else if (reader.ValueTextEquals("enhancedStatus"u8) || reader.ValueTextEquals("enhanced_status"u8))
            {
                reader.Read();
                given = given with { Enhanced = HookText.Read(ref reader, MaxWord) };
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                given = given with { Message = HookText.Read(ref reader) };
            }
            else if (reader.ValueTextEquals("disconnect"u8))
            {
                reader.Read();
                given = given with { Disconnects = reader.TokenType == JsonTokenType.True };
            }
            else
            {
                reader.Skip();
            }
        }

        return given;
    }

    private static HookAnswer Refusal(in GivenReply given)
    {
        if (given.Status is not (0 or (>= 400 and < 600))) throw FilterException.Malformed("its reply has no code of class 4 or 5");
        var isDeferred = given.Status is >= 400 and < 500;
        var decision = isDeferred ? given.Disconnects ? MilterDecision.Close : MilterDecision.Defer : MilterDecision.Refuse;
        if (string.IsNullOrWhiteSpace(given.Message)) return new(decision, null, false);
        // A reply that ends the session is 421 (RFC 5321 section 3.8).
        var code = decision == MilterDecision.Close ? 421 : given.Status == 0 ? 550 : given.Status;
        var text = new StringBuilder();
        foreach (var line in given.Message.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            var plain = line.Replace("%", "%%", StringComparison.Ordinal);
            text.Append(code).Append(' ').Append(given.Enhanced).Append(' ').Append(plain).Append('\n');
        }

        var lines = MilterReplyText.Read(text.ToString());
        return new(isDeferred ? MilterDecision.Defer : MilterDecision.Refuse, lines, false);
    }

    private readonly record struct GivenReply(int Status, string? Enhanced, string? Message, bool Disconnects);
}
