using System.Text.Json;

namespace Postfleet.Configuration;

/// <summary>Reads settings from a JSON file, which may have comments and trailing commas.</summary>
internal static class JsonSource
{
    // Deeper than any section, and shallow enough to be no danger.
    private const int MaxDepth = 16;

    private static readonly JsonDocumentOptions Syntax = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = MaxDepth,
    };

    /// <summary>The settings of a file. If the file cannot be read or is not JSON: no settings and an error line.</summary>
    public static IReadOnlyList<RawSetting> Read(string file, ICollection<string> errors)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var document = JsonDocument.Parse(stream, Syntax);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return [.. Flatten(document.RootElement, "", file, errors)];
            errors.Add($"{file}, line 1: the file holds {document.RootElement.ValueKind}; allowed: an object with sections");
        }
        catch (JsonException fault)
        {
            var place = $"{file}, line {fault.LineNumber + 1}, position {fault.BytePositionInLine + 1}";
            errors.Add($"{place}: {Reason(fault.Message)}; allowed: JSON, with comments and trailing commas");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{file} cannot be read: {fault.Message}");
        }

        return [];
    }

    private static IEnumerable<RawSetting> Flatten(JsonElement element, string path, string file, ICollection<string> errors)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.EnumerateObject().Any():
                return element.EnumerateObject().SelectMany(member => TextOf(() => member.Name) is { } name
                    ? Flatten(member.Value, Join(path, name), file, errors)
                    : NoText(path.Length == 0 ? "a key" : $"a key in {path}", file, errors));
            case JsonValueKind.Array when element.GetArrayLength() > 0:
                return element.EnumerateArray().Index().SelectMany(item => Flatten(item.Item, Join(path, $"{item.Index}"), file, errors));
            case JsonValueKind.Object:
                return path.Length == 0 ? [] : [new RawSetting(path, RawShape.EmptyObject, "", file)];
            case JsonValueKind.Array:
                return [new RawSetting(path, RawShape.EmptyList, "", file)];
            case JsonValueKind.Null:
                return [new RawSetting(path, RawShape.Null, "", file)];
            case JsonValueKind.String:
                return TextOf(() => element.GetString()!) is { } text ? [new RawSetting(path, text, file)] : NoText(path, file, errors);
            default:
                // Numbers, true and false as they are written.
                return [new RawSetting(path, element.GetRawText(), file)];
        }
    }

    // The parser checks syntax only: invalid UTF-8 and unpaired surrogates are found here and give null.
    private static string? TextOf(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static IEnumerable<RawSetting> NoText(string what, string file, ICollection<string> errors)
    {
        errors.Add($"{what} is no text that can be read; allowed: characters in UTF-8 ({file})");
        return [];
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    // The place follows in the message as well, counted from 0 and in other words.
    private static string Reason(string message) => message.Split(" LineNumber:")[0].TrimEnd('.').ReplaceLineEndings(" ");
}
