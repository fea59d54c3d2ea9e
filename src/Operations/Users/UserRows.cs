using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Postfleet.Operations.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Users;

/// <summary>Reads the data of users in storage.</summary>
internal static class UserRows
{
    /// <summary>
    /// The user of a row. A user whose data cannot be read counts as disabled: the user cannot send, and an operator can see, replace and
    /// delete the user.
    /// </summary>
    public static MailUser Read(NamedRow row, ILogger logger)
    {
        try
        {
            // A newer version of the program may have written keys that this one does not know.
            return UserJson.Parse(row.Data, ignoreUnknown: true) with { Name = row.Name };
        }
        catch (UserFormatException e)
        {
            logger.UserDamaged(row.Name, e.Message);
            return new MailUser(row.Name) { IsDisabled = true };
        }
    }
}
