using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Postfleet.Admin.Messages;

namespace Postfleet.Admin.Http;

/// <summary>The text form of a <see cref="ListPlace"/> for clients.</summary>
internal static class ListCursor
{
    private const int MaxLength = 1000;

    /// <summary>Reads the parameter <c>cursor</c>; null if it is missing.</summary>
    /// <param name="query">The query.</param>
    /// <param name="isPlace">Whether a place may be in the list; null for any.</param>
    /// <exception cref="ProblemException">The text is no cursor of the list.</exception>
    public static ListPlace? Read(QueryReader query, Func<ListPlace, bool>? isPlace = null)
    {
        if (query.Text(QueryParameter.Cursor.Name) is not { } text) return null;
        var decoded = Base64Url.IsValid(text) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)) : "";
        var at = decoded.IndexOf('|', StringComparison.Ordinal);
        if (at > 0 && decoded.Length <= MaxLength
            && int.TryParse(decoded.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var place = new ListPlace(number, decoded[(at + 1)..]);
            // Another text for the same place was not made by this program.
            if (Write(number, place.Name) == text && isPlace?.Invoke(place) != false) return place;
        }

        throw new ProblemException(ProblemKind.BadCursor, $"cursor is '{text}'; allowed: the cursor of an earlier answer");
    }

    /// <summary>The cursor of the place behind an entry.</summary>
    public static string Write(int number, string name) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}|{name}")));
}
