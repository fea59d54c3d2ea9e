using System.Security.Cryptography;
using Postfleet.Admin.Api;
using Postfleet.Authentication.Sasl;
using Postfleet.Contracts.Users;
using Postfleet.Core.Units;
using Postfleet.Core.Users;

namespace Postfleet.Admin.Users;

/// <summary>Makes users of requests, and their answers, which show no secret. Hashing a password takes some milliseconds.</summary>
internal static class UserOrders
{
    private const string ExpiresForm = "a duration such as 90d, or a time to come with an offset, as in 2026-11-29T18:00:00Z";

    /// <summary>The user of a request.</summary>
    /// <param name="body">The request.</param>
    /// <param name="name">The normalised name of the path.</param>
    /// <param name="former">The user so far, whose secrets stay unless the request mentions them; null for none.</param>
    /// <exception cref="UserFormatException">A value is not allowed.</exception>
    public static MailUser Read(UserBody body, string name, MailUser? former)
    {
        if (body.Name is { } given && UserValues.Name("name", given) != name)
            throw UserValues.Wrong("name", given, $"'{name}', the name of the path");
        var user = new MailUser(name)
        {
            Addresses = List("addresses", body.Addresses, UserValues.Address),
            Streams = List("streams", body.Streams, UserValues.Stream),
            MaxRate = UserValues.Rate("maxRate", body.MaxRate),
            MaxRecipients = UserValues.DailyRate("maxRecipients", body.MaxRecipients),
            MaxNewRecipients = UserValues.DailyRate("maxNewRecipients", body.MaxNewRecipients),
            ApplicationPasswords = former?.ApplicationPasswords ?? [],
            IsDisabled = body.Disabled,
        };
        return WithSecrets(user, body, former);
    }

    /// <summary>Adds or replaces an application password.</summary>
    /// <param name="user">The user.</param>
    /// <param name="name">The normalised name of the application password.</param>
    /// <param name="password">The password.</param>
    /// <param name="expires">From when it is refused; null for never.</param>
    /// <exception cref="UserFormatException">The user has too many.</exception>
    public static MailUser With(MailUser user, string name, string password, DateTimeOffset? expires)
    {
        var others = user.ApplicationPasswords.Where(other => other.Name != name).ToList();
        if (others.Count == MailUser.MaxApplicationPasswords)
        {
            throw new UserFormatException(
                $"user '{user.Name}' has {others.Count} application passwords; allowed: at most {MailUser.MaxApplicationPasswords}");
        }

        var (salt, iterations) = SaltOf(user.Scram256 ?? others.FirstOrDefault()?.Scram256);
        return user with
        {
            ApplicationPasswords =
            [
                .. others, new ApplicationPassword(name, ScramHash.Create(password, salt, iterations), expires),
            ],
        };
    }

    /// <summary>From when an application password is refused.</summary>
    /// <exception cref="UserFormatException">The text is neither a duration nor a time to come.</exception>
    public static DateTimeOffset? ReadExpires(string? text, DateTimeOffset now)
    {
        if (text is null) return null;
        if (Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero) return now + duration;
        return UserValues.Time("expires", text) is { } time && time > now ? time : throw UserValues.Wrong("expires", text, ExpiresForm);
    }

    /// <summary>The JSON of a user.</summary>
    /// <param name="stored">The user.</param>
    /// <param name="used">What is used of the limits of a day; null where it is not shown.</param>
    public static UserView View(StoredUser stored, UserUse? used = null)
    {
        var user = stored.User;
        return new UserView(
            user.Name, user.IsDisabled, user.Scram256 is not null, user.Scram1 is not null, !user.CramMd5.IsEmpty,
            [.. user.Addresses.Select(pattern => pattern.Text)], user.Streams, OrNull(user.MaxRate), OrNull(user.MaxRecipients),
            OrNull(user.MaxNewRecipients),
            [.. user.ApplicationPasswords.Select(password => new AppPasswordView(password.Name, password.Expires))],
            used, stored.Change, stored.ChangedAt);
    }

    private static MailUser WithSecrets(MailUser user, UserBody body, MailUser? former)
    {
        if (body.Scram256 is not null || body.Scram1 is not null)
        {
            if (body.IsPasswordGiven) throw new UserFormatException("password is given beside scram256 or scram1; allowed: either");
            if (body.Scram256 is null) throw new UserFormatException("scram1 is given without scram256; allowed: both, or scram256");
            if (body.CramMd5 is true) throw new UserFormatException("cramMd5 is true with scram256; allowed: with password");
            return user with
            {
                Scram256 = UserValues.Scram256("scram256", body.Scram256),
                Scram1 = UserValues.Scram1("scram1", body.Scram1),
            };
        }

        if (!body.IsPasswordGiven)
        {
            Check("scramSha1", body.ScramSha1, former?.Scram1 is not null);
            Check("cramMd5", body.CramMd5, former?.CramMd5.IsEmpty == false);
            return user with
            {
                Scram256 = former?.Scram256,
                Scram1 = body.ScramSha1 is false ? null : former?.Scram1,
                CramMd5 = body.CramMd5 is false ? default : former?.CramMd5 ?? default,
            };
        }

        if (body.Password is not { } password)
        {
            Check("scramSha1", body.ScramSha1, false);
            Check("cramMd5", body.CramMd5, false);
            return user;
        }

        if (!PasswordText.TryPrepare(password, out _))
        {
            throw new UserFormatException(
                $"password is empty, too long or has control characters; allowed: 1 to {PasswordText.MaxLength} octets, without them");
        }

        // The application passwords have the salt of the former password: all of them are then checked with one hash.
        var (salt, iterations) = SaltOf(user.ApplicationPasswords.Count > 0 ? user.ApplicationPasswords[0].Scram256 : null);
        return user with
        {
            Scram256 = ScramHash.Create(password, salt, iterations),
            Scram1 = body.ScramSha1 ?? former?.Scram1 is not null
                ? ScramHash.Create(password, salt, iterations, ScramAlgorithm.Sha1) : null,
            CramMd5 = body.CramMd5 ?? former?.CramMd5.IsEmpty == false ? CramMd5Secret.Create(password) : default,
        };
    }

    private static void Check(string key, bool? wanted, bool isThere)
    {
        if (wanted is true && !isThere) throw new UserFormatException($"{key} is true without a password; allowed: with password");
    }

    private static (ReadOnlyMemory<byte> Salt, int Iterations) SaltOf(ScramVerifier? verifier) => verifier is null
        ? (RandomNumberGenerator.GetBytes(ScramHash.SaltLength), ScramHash.DefaultIterations) : (verifier.Salt, verifier.Iterations);

    private static List<T> List<T>(string key, IReadOnlyList<string>? texts, Func<string, string?, T> read)
    {
        if (texts is null) return [];
        UserValues.Count(key, texts.Count, MailUser.MaxEntries);
        return [.. texts.Select((text, index) => read($"{key}[{index}]", text))];
    }

    private static string? OrNull(Rate rate) => rate.IsNone ? null : rate.ToString();
}
