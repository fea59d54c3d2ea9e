using System.Buffers;
using System.Text;
using System.Text.Json;
using Postfleet.Frontend.Filters.Protocol;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>Reads the changes of a message from the answer of a hook. Pure.</summary>
internal static class HookChanges
{
    // As a frame of a milter.
    private const int MaxValue = 64 * 1024;

    private const int MaxWord = 40;

    private const int MaxParameters = 10;

    /// <summary>Reads the list of changes.</summary>
    /// <param name="reader">The reader, at the list.</param>
    /// <param name="changes">Receives them; null where the message may not be changed.</param>
    /// <exception cref="FilterException">A change is malformed, or there are too many.</exception>
    public static void Read(ref Utf8JsonReader reader, FilterChanges? changes)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        if (reader.TokenType != JsonTokenType.StartArray) throw FilterException.Malformed("its changes are no list");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw FilterException.Malformed("its list of changes has another value");
            if (changes is null) throw FilterException.Malformed("it changes the message before its end");
            ReadChange(ref reader, changes);
        }
    }

    private static void ReadChange(ref Utf8JsonReader reader, FilterChanges changes)
    {
        string type = "", name = "", parameters = "";
        string? value = null;
        uint? index = null;
        // The type may come behind the value, whose form depends on it.
        var whole = reader;
        while (whole.Read() && whole.TokenType == JsonTokenType.PropertyName)
        {
            var isType = whole.ValueTextEquals("type"u8);
            whole.Read();
            if (isType) type = HookText.Read(ref whole, MaxWord);
            else whole.Skip();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var property = reader.ValueTextEquals("name"u8) ? 'n' : reader.ValueTextEquals("value"u8) ? 'v'
                : reader.ValueTextEquals("index"u8) ? 'i' : reader.ValueTextEquals("parameters"u8) ? 'p' : ' ';
            reader.Read();
            if (property == 'n') name = HookText.Read(ref reader);
            else if (property == 'v' && type == "replaceContents") Replace(ref reader, changes);
            else if (property == 'v') value = HookText.Read(ref reader, MaxValue);
            else if (property == 'i') index = reader.GetUInt32();
            else if (property == 'p' && type is "addRecipient" or "addRcpt") parameters = Parameters(ref reader);
            else reader.Skip();
        }

        Add(changes, type, name, value ?? "", index, parameters);
    }

    private static void Add(FilterChanges changes, string type, string name, string value, uint? index, string parameters)
    {
        switch (type)
        {
            case "addHeader": changes.AddHeader(HeaderChangeKind.Add, 0, name, ValueOf(value)); break;
            case "insertHeader": changes.AddHeader(HeaderChangeKind.Insert, index ?? 0, name, ValueOf(value)); break;
            case "changeHeader": changes.AddHeader(HeaderChangeKind.Change, index ?? 1, name, ValueOf(value)); break;
            case "deleteHeader": changes.AddHeader(HeaderChangeKind.Change, index ?? 1, name, ""); break;
            case "changeFrom": changes.SetSender(value); break;
            case "addRecipient" or "addRcpt": changes.AddRecipient(value, parameters); break;
            case "deleteRecipient" or "deleteRcpt": changes.DeleteRecipient(value); break;
            case "replaceContents": break;
            default: throw FilterException.Malformed("its answer has an unknown change");
        }
    }

    // Fields are kept as octets.
    private static string ValueOf(string value) => value.Contains('\0')
        ? throw FilterException.Malformed("a header field has a NUL") : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value));

    private static void Replace(ref Utf8JsonReader reader, FilterChanges changes)
    {
        if (reader.TokenType != JsonTokenType.String) throw FilterException.Malformed("its new body is no text");
        if (changes.Body is not null) throw FilterException.Malformed("it replaces the body twice");
        changes.Reserve(reader.ValueSpan.Length);
        var octets = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            changes.ReplaceBody(new ReadOnlySequence<byte>(octets, 0, reader.CopyString(octets)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    private static string Parameters(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return "";
        if (reader.TokenType != JsonTokenType.StartObject) throw FilterException.Malformed("the parameters of a recipient are no object");
        List<string> parameters = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (parameters.Count == MaxParameters) throw FilterException.Malformed("a recipient has too many parameters");
            var name = reader.GetString();
            reader.Read();
            var value = HookText.Read(ref reader);
            parameters.Add(value.Length == 0 ? name! : $"{name}={value}");
        }

        return string.Join(' ', parameters);
    }
}
