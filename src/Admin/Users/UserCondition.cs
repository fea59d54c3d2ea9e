using System.Globalization;
using Microsoft.AspNetCore.Http;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Users;

namespace Postfleet.Admin.Users;

/// <summary>The condition of a change (RFC 9110 section 13.1): the ETag of a user is the number of the user's last change.</summary>
/// <param name="Change">The change that must be in force; null for any.</param>
/// <param name="MustExist">Whether there must be such a user.</param>
/// <param name="MustBeNew">Whether there must be no such user.</param>
internal sealed record UserCondition(long? Change, bool MustExist, bool MustBeNew)
{
    private const string Any = "*";

    /// <summary>The ETag of a user.</summary>
    public static string Tag(long change) => string.Create(CultureInfo.InvariantCulture, $"\"{change}\"");

    /// <summary>Reads the condition of a request.</summary>
    /// <exception cref="ProblemException">A field has another form.</exception>
    public static UserCondition Read(IHeaderDictionary headers)
    {
        var (match, noneMatch) = (headers.IfMatch.ToString(), headers.IfNoneMatch.ToString());
        if (noneMatch.Length > 0 && noneMatch != Any) throw QueryReader.Wrong("If-None-Match", noneMatch, Any);
        if (match is "" or Any) return new UserCondition(null, match == Any, noneMatch == Any);
        return match is ['"', .. var number, '"']
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var change) && Tag(change) == match
            ? new UserCondition(change, true, noneMatch == Any)
            : throw QueryReader.Wrong("If-Match", match, "* or the ETag of an earlier answer");
    }

    /// <summary>Checks the user before a change.</summary>
    /// <exception cref="ProblemException">The condition does not hold.</exception>
    public void Check(string name, StoredUser? user)
    {
        if (MustBeNew && user is not null) throw new ProblemException(ProblemKind.UserChanged, $"there is a user '{name}' already");
        if (MustExist && user is null) throw new ProblemException(ProblemKind.UserChanged, $"no user '{name}'");
        if (Change is { } change && user!.Change != change)
        {
            throw new ProblemException(
                ProblemKind.UserChanged, $"user '{name}' was changed meanwhile: the ETag is {Tag(user.Change)}, not {Tag(change)}");
        }
    }
}
