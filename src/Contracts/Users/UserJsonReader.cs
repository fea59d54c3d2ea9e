using System.Text.Json;
using Postfleet.Core.Users;

namespace Postfleet.Contracts.Users;

/// <summary>Makes a user of JSON, for <see cref="UserJson"/>. Pure.</summary>
internal static class UserJsonReader
{
    /// <summary>Reads a user.</summary>
    /// <exception cref="UserFormatException">A key or value is not allowed.</exception>
    public static MailUser Read(JsonElement json, bool ignoreUnknown)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new UserFormatException("the user is no JSON object; allowed: a JSON object");
        var user = new MailUser("");
        foreach (var property in json.EnumerateObject()) user = With(user, property.Name, property.Value, ignoreUnknown);
        return user.Name.Length > 0 ? user : throw new UserFormatException("the user has no name; allowed: name, a text");
    }

    private static MailUser With(MailUser user, string key, JsonElement value, bool ignoreUnknown) => key switch
    {
        UserKeys.Name => user with { Name = UserValues.Name(key, Text(key, value)) },
        UserKeys.Scram256 => user with { Scram256 = UserValues.Scram256(key, Text(key, value)) },
        UserKeys.Scram1 => user with { Scram1 = UserValues.Scram1(key, Text(key, value)) },
        UserKeys.CramMd5 => user with { CramMd5 = UserValues.CramMd5(key, Text(key, value)) },
        UserKeys.Addresses => user with { Addresses = List(key, value, MailUser.MaxEntries, Each(UserValues.Address)) },
        UserKeys.Streams => user with { Streams = List(key, value, MailUser.MaxEntries, Each(UserValues.Stream)) },
        UserKeys.MaxRate => user with { MaxRate = UserValues.Rate(key, Text(key, value)) },
        UserKeys.MaxRecipients => user with { MaxRecipients = UserValues.DailyRate(key, Text(key, value)) },
        UserKeys.MaxNewRecipients => user with { MaxNewRecipients = UserValues.DailyRate(key, Text(key, value)) },
        UserKeys.AppPasswords => user with { ApplicationPasswords = Passwords(key, value, ignoreUnknown) },
        UserKeys.Disabled => user with { IsDisabled = Flag(key, value) },
        _ => ignoreUnknown ? user : throw Unknown(key, UserKeys.All),
    };

    private static List<ApplicationPassword> Passwords(string key, JsonElement value, bool ignoreUnknown)
    {
        var passwords = List(key, value, MailUser.MaxApplicationPasswords, (path, one) => Password(path, one, ignoreUnknown));
        if (passwords.GroupBy(password => password.Name).FirstOrDefault(same => same.Count() > 1) is { } repeated)
            throw new UserFormatException($"{key} has the name '{repeated.Key}' more than once; allowed: once");
        return passwords;
    }

    private static ApplicationPassword Password(string path, JsonElement json, bool ignoreUnknown)
    {
        if (json.ValueKind != JsonValueKind.Object) throw Kind(path, json, "an object");
        var (name, verifier, expires) = ((string?)null, (ScramVerifier?)null, (DateTimeOffset?)null);
        foreach (var property in json.EnumerateObject())
        {
            var (key, value) = ($"{path}.{property.Name}", property.Value);
            switch (property.Name)
            {
                case UserKeys.Name:
                    name = UserValues.Name(key, Text(key, value));
                    break;
                case UserKeys.Scram256:
                    verifier = UserValues.Scram256(key, Text(key, value));
                    break;
                case UserKeys.Expires:
                    expires = UserValues.Time(key, Text(key, value));
                    break;
                case var unknown when !ignoreUnknown:
                    throw Unknown($"{path}.{unknown}", UserKeys.OfPassword);
            }
        }

        return name is not null && verifier is not null ? new ApplicationPassword(name, verifier, expires)
            : throw new UserFormatException(
                $"{path} lacks {(name is null ? UserKeys.Name : UserKeys.Scram256)}; allowed: {UserKeys.OfPassword}");
    }

    private static Func<string, JsonElement, T> Each<T>(Func<string, string?, T> read) => (path, one) => read(path, Text(path, one));

    private static List<T> List<T>(string key, JsonElement value, int most, Func<string, JsonElement, T> read)
    {
        if (value.ValueKind == JsonValueKind.Null) return [];
        if (value.ValueKind != JsonValueKind.Array) throw Kind(key, value, "a list");
        UserValues.Count(key, value.GetArrayLength(), most);
        return [.. value.EnumerateArray().Select((one, index) => read($"{key}[{index}]", one))];
    }

    private static string? Text(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => Decode(key, value),
        _ => throw Kind(key, value, "a text"),
    };

    private static string Decode(string key, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new UserFormatException($"{key} is no UTF-8; allowed: a text in UTF-8");
        }
    }

    private static bool Flag(string key, JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Kind(key, value, "true or false");

    private static UserFormatException Kind(string key, JsonElement value, string allowed) =>
        new($"{key} is of the kind {value.ValueKind.ToString().ToLowerInvariant()}; allowed: {allowed}");

    private static UserFormatException Unknown(string key, string allowed) => new(
        $"{UserValues.Shown(key)} is no key of a user; allowed: {allowed}");
}
